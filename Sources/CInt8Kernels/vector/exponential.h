// The numbers of eˣ, numerics.md "Exponential". After base.h.
//
// eˣ = 2ⁿ·eʳ, n = rne(x·log₂e), r = x − n·ln 2 with ln 2 in two parts, of which the first has 15 significant bits: n
// times it is exact. The polynomial is the Taylor series to the sixth power: |r| ≤ 0.347, so what it leaves out is
// under 2⁻²² of eʳ. Of the powers 0, 1 and 2 the coefficients are 1, 1 and ½.
#ifndef I8K_EXPONENTIAL_H
#define I8K_EXPONENTIAL_H

static const float kExpLower = -87.0f, kExpUpper = 88.0f;
static const float kLog2E = 0x1.715476p+0f;
static const float kMinusLn2High = -0x1.62e4p-1f, kMinusLn2Low = -0x1.7f7d1cp-20f;
static const float kExp3 = 0x1.555556p-3f, kExp4 = 0x1.555556p-5f, kExp5 = 0x1.111112p-7f, kExp6 = 0x1.6c16c2p-10f;

#endif
