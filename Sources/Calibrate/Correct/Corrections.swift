/// What quantization does beyond rounding every number by itself, to make up for what rounding loses.
public struct Corrections: Hashable, Sendable {
  public enum Step: String, CaseIterable, Sendable {
    /// A convolution's weights are rounded together, by the second moments of its inputs.
    case rounding
    /// A convolution's bias takes up how far the mean of its sums is from the float network's.
    case bias
    /// The bias also takes up how far the mean of its activated results is.
    case output

    /// Photos below which the step is not tried: it would learn them by heart.
    public var leastPhotos: Int {
      switch self {
      case .rounding: 8
      case .bias, .output: 4
      }
    }
  }

  public var steps: Set<Step>

  public init(steps: Set<Step>) { self.steps = steps }

  /// Ranges and their photos' means alone.
  public static let none = Corrections(steps: [])
  /// Biases alone.
  public static let fast = Corrections(steps: [.bias, .output])
  public static let full = Corrections(steps: Set(Step.allCases))

  public func without(_ step: Step) -> Corrections { Corrections(steps: steps.subtracting([step])) }

  /// In the order in which they are taken, those that so many photos are enough for, or are not.
  func steps(areEnough: Bool, photos: Int) -> [Step] {
    Step.allCases.filter { steps.contains($0) && (photos >= $0.leastPhotos) == areEnough }
  }
}
