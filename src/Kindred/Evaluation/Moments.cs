using Kindred.Numerics.Distributions;

namespace Kindred.Evaluation;

/// <summary>
/// What is left of many users' values of a metric: enough for a mean and its standard error, and as small for a billion users as for one.
/// </summary>
/// <param name="Count">Users for whom it has a meaning.</param>
/// <param name="Squares">Sum of the squares.</param>
internal readonly record struct Moments(long Count, double Sum, double Squares)
{
    private const double Tail = .025;

    public double Mean => Sum / Count;

    /// <summary>Standard deviation over users; 0 for one user.</summary>
    public double Deviation => Count < 2 ? 0 : Math.Sqrt(Math.Max(0, Squares - (Sum * Sum / Count)) / (Count - 1));

    public double StandardError => Deviation / Math.Sqrt(Count);

    /// <param name="values">NaN is left out.</param>
    public static Moments Of(IEnumerable<double> values)
    {
        long count = 0;
        double sum = 0, squares = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value)) continue;
            count++;
            sum += value;
            squares += value * value;
        }
        return new(count, sum, squares);
    }

    public static Moments operator +(Moments a, Moments b) => new(a.Count + b.Count, a.Sum + b.Sum, a.Squares + b.Squares);

    /// <returns>The mean with its 95 % interval by Student's t.</returns>
    public Estimate ToEstimate(string metric)
    {
        double half = HalfWidth(Tail);
        return new(metric, Mean, Mean - half, Mean + half, (int)Math.Min(int.MaxValue, Count));
    }

    /// <summary>The differences of two reports' values, user by user, as a comparison.</summary>
    public PairedComparison ToComparison(EvaluationReport report, EvaluationReport baseline, string metric)
    {
        double half = HalfWidth(Tail), p = Count < 2 ? 1 : Math.Max(
            Mean == 0 ? 1 : StudentT.PValue(Mean / StandardError, Count - 1), Math.Pow(2, 1.0 - Count));
        return new(report.Name, baseline.Name, metric, (int)Math.Min(int.MaxValue, Count), Mean, Mean - half, Mean + half)
        {
            Better = report.Definitions.First(d => d.Name == metric).Better,
            OneSidedLow = Mean - HalfWidth(2 * Tail),
            RelativeDifference = Mean / Math.Abs(baseline.Of(metric).Mean),
            EffectSize = Mean == 0 ? 0 : Mean / Deviation,
            DetectableDifference = Significance.Detectable * StandardError,
            PValue = p,
            AdjustedPValue = p,
        };
    }

    private double HalfWidth(double tail) => Count < 2 ? 0 : StudentT.UpperQuantile(tail, Count - 1) * StandardError;
}
