#ifndef FK_ELEMENTWISE_CONSTANTS_H
#define FK_ELEMENTWISE_CONSTANTS_H

// exp(x) = 2ⁿ · e^r, n = rne(x · log₂e), r = x − n · ln2 in two fused steps, e^r = 1 + r + r² · P(r).
static const float kExpLower = -87, kExpUpper = 88;
static const float kLog2E = 0x1.715476p0f;
// Adding and subtracting 1.5 · 2²³ rounds |x| < 2²² to the nearest integer, ties to even, and leaves it in the low bits.
static const float kRound = 0x1.8p23f;
static const float kLn2High = 0x1.62e43p-1f, kLn2Low = -0x1.05c61p-29f;
// Minimax for |r| ≤ ½ ln2 · 1.0005, relative error 3.1 · 10⁻⁹ before rounding; fitted for this package.
static const float kExp2 = 0x1.fffffcp-2f, kExp3 = 0x1.555492p-3f, kExp4 = 0x1.5558f2p-5f, kExp5 = 0x1.123a2p-7f,
                   kExp6 = 0x1.6a23cep-10f;

// tanh(x) = x + x · z · P(z), z = x², for |x| < kTanhSmall (relative error 4.5 · 10⁻⁹); 1 − 2 / (e^(2|x|) + 1) beyond.
static const float kTanhSmall = 0.625f;
static const float kTanh0 = -0x1.555532p-2f, kTanh1 = 0x1.110714p-3f, kTanh2 = -0x1.b839d8p-5f, kTanh3 = 0x1.521578p-6f, kTanh4 = -0x1.759212p-8f;

// erf(x) = 1 − (((((a5·t + a4)·t + a3)·t + a2)·t + a1)·t) · e^(−x²), t = 1 / (1 + p·x), x ≥ 0: Abramowitz and Stegun,
// Handbook of Mathematical Functions, 7.1.26; error below 1.5 · 10⁻⁷.
static const float kErfP = 0.3275911f, kErf1 = 0.254829592f, kErf2 = -0.284496736f, kErf3 = 1.421413741f,
                   kErf4 = -1.453152027f, kErf5 = 1.061405429f;
static const float kSqrtHalf = 0x1.6a09e6p-1f;

#endif
