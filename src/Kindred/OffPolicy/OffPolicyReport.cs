namespace Kindred.OffPolicy;

/// <summary>What a policy would have earned, and whether the log can say so.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Unit">What a value is of: a decision or a list.</param>
/// <param name="Logged">What the logging policy earned, measured.</param>
/// <param name="Estimates">One for each estimator; shown to people only where <see cref="IsAnswerable"/>.</param>
/// <param name="Curve">Clipped and shrunk estimates by λ, from the most biased to the least.</param>
public sealed record OffPolicyReport(
    string Policy, string Unit, long Decisions, long Units, OffPolicyEstimate Logged, IReadOnlyList<OffPolicyEstimate> Estimates,
    IReadOnlyList<OffPolicyPoint> Curve, OffPolicyDiagnostics Diagnostics)
{
    /// <summary>Whether the log can answer what the policy would have earned.</summary>
    public bool IsAnswerable => Diagnostics.Refusals.Count == 0;

    /// <summary>The estimate to quote: doubly robust where there is one, otherwise self-normalized.</summary>
    public OffPolicyEstimate Best =>
        Estimates.FirstOrDefault(estimate => estimate.Estimator is "DR" or "RIPS")
        ?? Estimates.First(estimate => estimate.Estimator == "SNIPS");

    /// <summary>The result in one or two sentences.</summary>
    public required string Verdict { get; init; }
}

/// <summary>An estimate with its interval.</summary>
/// <param name="Low">Of the 95 % interval, Student's t over independent units, as is <paramref name="High"/>.</param>
public sealed record OffPolicyEstimate(string Estimator, double Value, double StandardError, double Low, double High)
{
    /// <summary>λ of estimators that have one.</summary>
    public double? Lambda { get; init; }

    /// <summary>This value − the logging policy's, on the same decisions.</summary>
    public double? Difference { get; init; }

    public double? DifferenceLow { get; init; }

    public double? DifferenceHigh { get; init; }

    /// <summary>What the difference exceeds with 95 % confidence: the low end of the one-sided interval.</summary>
    public double? DifferenceOneSidedLow { get; init; }
}

/// <summary>Two estimators with one λ.</summary>
/// <param name="Shrunk">Null where the target is not known for all items.</param>
public sealed record OffPolicyPoint(double Lambda, double Clipped, double? Shrunk);

/// <summary>Whether weights can be trusted. A. Owen, "Monte Carlo Theory, Methods and Examples", 2013, chapter 9.</summary>
/// <param name="EffectiveSampleSize">(Σw)² / Σw²: so many decisions of the policy itself would say as much.</param>
/// <param name="MeanWeight">1, but for chance, where propensities are right and the logging policy shows all that the policy shows.</param>
/// <param name="LargestWeight">Of one decision.</param>
/// <param name="LargestShare">Of one decision, of the sum of all w·|r|.</param>
/// <param name="UnsupportedMass">
/// Share of what the policy shows that the log shows never, or in fewer than one of a thousand cases; null where it is not known for
/// all items.
/// </param>
/// <param name="CalibrationPValue">
/// How often frequencies differ so much from the propensities by chance (χ²); null where propensities change, or items are shown too
/// rarely.
/// </param>
/// <param name="Contexts">By context, the fewest effective decisions first.</param>
/// <param name="Refusals">Why the log cannot answer; empty where it can.</param>
/// <param name="Warnings">What to keep in mind.</param>
/// <param name="NeededExploration">
/// The share of decisions chosen uniformly at random that would let the logging policy answer within <see cref="NeededDecisions"/>;
/// null where
/// it can answer, or no share would do.
/// </param>
public sealed record OffPolicyDiagnostics(
    double EffectiveSampleSize, double MeanWeight, double MeanWeightLow, double MeanWeightHigh, double LargestWeight, double LargestShare,
    double? UnsupportedMass, double? CalibrationPValue, IReadOnlyList<ContextSupport> Contexts, IReadOnlyList<string> Refusals,
    IReadOnlyList<string> Warnings, double? NeededExploration)
{
    /// <summary>Decisions of two weeks at the log's pace, which less than a day does not tell; without times, as many as the log
    /// has.</summary>
    public long NeededDecisions { get; init; }

    /// <summary>How many decisions have which weight, ascending; bins that have none are left out.</summary>
    public IReadOnlyList<WeightBin> Weights { get; init; } = [];
}

/// <summary>Decisions of similar weight.</summary>
/// <param name="Above">Their weight is above this; of those with weight 0, both bounds are 0.</param>
/// <param name="UpTo">Twice that, a power of two.</param>
public sealed record WeightBin(double Above, double UpTo, long Decisions);

/// <summary>How much the log says of one context.</summary>
public sealed record ContextSupport(string Context, long Decisions, double EffectiveSampleSize);
