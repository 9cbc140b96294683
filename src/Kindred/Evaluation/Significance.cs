using System.Text.Json.Serialization;

namespace Kindred.Evaluation;

/// <summary>Is one recommender better than another, or did it have the luckier users?</summary>
/// <remarks>
/// Paired bootstrap over the per-user differences: both were asked about the same users, so what makes a user easy or hard for both
/// cancels. T. Sakai, "Evaluating Evaluation Metrics based on the Bootstrap", SIGIR 2006.
/// </remarks>
public static class Significance
{
    /// <param name="baseline">Measured on the same holdout; the simpler of the two.</param>
    /// <param name="metric">A metric that both measured.</param>
    /// <param name="workers">Threads. Changes the time, never the result.</param>
    /// <exception cref="InputException">The metric was not measured.</exception>
    public static Comparison Compare(Report report, Report baseline, string metric, int workers, CancellationToken cancellation)
    {
        var (mine, theirs) = (report.PerUser, baseline.PerUser);
        if (mine is null || theirs is null)
            throw new ArgumentException("A report that was read from a file has no values by user to compare.", nameof(report));
        bool sameEvents = report.Protocol == baseline.Protocol && report.Counts.TestEvents == baseline.Counts.TestEvents;
        if (!sameEvents || !mine.Users.Span.SequenceEqual(theirs.Users.Span))
            throw new ArgumentException($"{report.Name} and {baseline.Name} were measured on different holdouts.", nameof(baseline));
        metric = report.Of(metric).Metric;
        baseline.Of(metric);

        var differences = new double[mine.Users.Length];
        ReadOnlySpan<double> a = mine.Values[metric].Span, b = theirs.Values[metric].Span;
        for (int n = 0; n < differences.Length; n++) differences[n] = a[n] - b[n];
        var means = Bootstrap.SortedMeans([differences], report.Resamples, report.Seed, workers, cancellation)[0];
        var (low, high) = Bootstrap.Interval(means);
        return new(report.Name, baseline.Name, metric, differences.Length, differences.Average(), low, high)
        {
            ShareNotAbove = means.Count(mean => mean <= 0) / (double)means.Length,
        };
    }
}

/// <summary>A paired difference of means over users.</summary>
/// <param name="Difference">Mean of <paramref name="Name"/> − mean of <paramref name="Baseline"/>.</param>
/// <param name="Low">Of the 95 % bootstrap percentile interval, as is <paramref name="High"/>.</param>
public sealed record Comparison(string Name, string Baseline, string Metric, int Users, double Difference, double Low, double High)
{
    /// <summary>With fewer users the bootstrap itself is not to be trusted: three lucky users always agree.</summary>
    private const int FewestUsers = 30;

    /// <summary>Share of the resamples in which the difference is ≤ 0.</summary>
    public required double ShareNotAbove { get; init; }

    /// <summary>Better by more than noise.</summary>
    [JsonIgnore]
    public bool IsAbove => Users >= FewestUsers && Low > 0;

    /// <summary>Worse by more than noise.</summary>
    [JsonIgnore]
    public bool IsBelow => Users >= FewestUsers && High < 0;

    /// <summary>What a senior would say. A point is one hundredth of a metric that goes from 0 to 1.</summary>
    public string Verdict
    {
        get
        {
            string interval = IsBelow ? $"95 %: {Points(-High)} to {Points(-Low)}" : $"95 %: {Points(Low)} to {Points(High)}";
            if (IsAbove) return $"{Name} is {Points(Difference)} points of {Metric} above {Baseline} ({interval}): more than noise.";
            if (IsBelow) return $"{Name} is {Points(-Difference)} points of {Metric} below {Baseline} ({interval}): more than noise.";
            string users = Users >= FewestUsers ? $"on {Users} users" : $"on {Users} users, too few to tell";
            return $"{Name}: not distinguishable from {Baseline} {users} ({Points(Difference)} points of {Metric}, {interval}); " +
                $"{Baseline} is simpler.";
        }
    }

    private static string Points(double value)
    {
        double points = Math.Round(100 * value, Math.Abs(value) < .01 ? 2 : 1) + 0.0; // + 0.0: no "-0.0"
        return points.ToString(Math.Abs(value) < .01 ? "0.00" : "0.0");
    }
}
