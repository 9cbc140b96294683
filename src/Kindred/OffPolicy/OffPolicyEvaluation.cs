using System.Globalization;
using Kindred.Numerics.Distributions;
using Kindred.OffPolicy.Estimators;

namespace Kindred.OffPolicy;

/// <summary>
/// Estimates what a policy would have earned from the log of another one that chose at random, and refuses where the log cannot tell.
/// </summary>
/// <remarks>
/// Estimators: replay; IPS, also clipped; SNIPS; DM; DR; Switch-DR; DRos; MIPS where items have clusters; of lists IIPS and RIPS. λ is
/// chosen by <see cref="Slope"/>. Bounded by memory of the log; cost: decisions · folds + contexts · items · folds.
/// </remarks>
public static class OffPolicyEvaluation
{
    private const int Folds = 5, Lambdas = 16;

    private const double OneSided = .05;

    /// <summary>Propensities are written with few digits: weights that are nearer to 1 say that both policies are the same.</summary>
    private const double WrittenDigits = .01;

    /// <summary>A smaller part of a value is what sums of floating-point numbers leave.</summary>
    private const double Rounding = 1e-9;

    /// <exception cref="OperationCanceledException"/>
    public static OffPolicyReport Evaluate(BanditLog log, TargetPolicy policy, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(policy);
        var units = new Clusters(log.Unit, log.Units);
        double[] weights = WeightedSample.WeightsOf(log, policy);
        double perList = log.Lists is { } lists ? (double)log.Count / lists.Count : 1;
        var predictions = policy.Table is { } table
            ? RewardModel.CrossFit(log, table, policy.Beyond!, Folds, cancellationToken) : null;
        var sample = new WeightedSample(weights, log.Rewards, perList, units, predictions);
        var logged = Estimate.Mean(log.Rewards).Times(perList);
        bool isSame = weights.All(weight => Math.Abs(weight - 1) <= WrittenDigits);
        OffPolicyEstimate[] estimates = [.. (log.Lists is { } of ? OfLists(sample, of) : OfDecisions(log, policy, sample)).Select(e =>
            Described(e.Name, e.Estimate, units, logged, isSame) with { Lambda = e.Lambda })];
        var judged = log.Lists is { } index ? ListWeights.Prefixes(index, weights) : weights;
        var report = new OffPolicyReport(
            policy.Name, log.Lists is null ? "decision" : "list", log.Count, log.Units, Described("logged", logged, units, null),
            estimates, Curve(sample), Support.Of(log, policy, judged, units))
        { Verdict = "" };
        return report with { Verdict = VerdictOf(report) };
    }

    private readonly record struct Named(string Name, Estimate Estimate, double? Lambda = null);

    private static IEnumerable<Named> OfDecisions(BanditLog log, TargetPolicy policy, WeightedSample sample)
    {
        if (policy.Chosen.All(probability => probability is 0 or 1)) yield return new("replay", ImportanceSampling.Replay(sample));
        yield return new("IPS", ImportanceSampling.InversePropensity(sample));
        yield return Chosen("clipped IPS", sample, LambdasOf(sample, power: 1),
            lambda => ImportanceSampling.InversePropensity(sample, lambda));
        yield return new("SNIPS", ImportanceSampling.SelfNormalized(sample));
        if (sample.Predictions is { } model)
        {
            yield return new("DM", DoublyRobust.DirectMethod(model));
            yield return new("DR", DoublyRobust.Plain(sample, model));
            yield return Chosen("Switch-DR", sample, LambdasOf(sample, power: 1), lambda => DoublyRobust.Switch(sample, model, lambda));
            yield return Chosen("DRos", sample, LambdasOf(sample, power: 2), lambda => DoublyRobust.Shrunk(sample, model, lambda));
        }
        if (log.Cluster is not null)
        {
            var marginal = sample with { Weights = MarginalWeights.Of(log, sample.Weights) };
            yield return new("MIPS", ImportanceSampling.InversePropensity(marginal));
        }
    }

    private static IEnumerable<Named> OfLists(WeightedSample sample, ListIndex lists)
    {
        // each position by itself: S. Li et al., "Offline Evaluation of Ranking Policies with Click Models", KDD 2018
        yield return new("IIPS", ImportanceSampling.InversePropensity(sample));
        var (prefixes, whole) = (ListWeights.Prefixes(lists, sample.Weights), ListWeights.Whole(lists, sample.Weights));
        yield return new("RIPS", ImportanceSampling.InversePropensity(sample with { Weights = prefixes }));
        yield return new("SIPS", ImportanceSampling.InversePropensity(sample with { Weights = whole }));
        yield return new("SNIPS", ImportanceSampling.SelfNormalized(sample));
    }

    /// <param name="lambdas">Descending: from no bias to the most.</param>
    private static Named Chosen(string name, WeightedSample sample, double[] lambdas, Func<double, Estimate> of)
    {
        Estimate[] estimates = Array.ConvertAll(lambdas, lambda => of(lambda));
        int chosen = Slope.Choose(Array.ConvertAll(estimates, estimate => (estimate.Value, estimate.HalfWidth(sample.Units))));
        return new(name, estimates[chosen], lambdas[chosen]);
    }

    /// <returns>Descending, from the largest weight, which changes nothing, down to 1, in equal steps of the logarithm.</returns>
    private static double[] LambdasOf(WeightedSample sample, int power)
    {
        double largest = Math.Pow(Math.Max(sample.Weights.Max(), 1), power);
        double[] steps = [.. Enumerable.Range(0, Lambdas).Select(n => Math.Pow(largest, 1 - (n / (Lambdas - 1.0))))];
        return power == 1 ? steps : [double.PositiveInfinity, .. steps];
    }

    private static OffPolicyPoint[] Curve(WeightedSample sample) =>
    [
        .. LambdasOf(sample, power: 1).Distinct().Reverse().Select(lambda => new OffPolicyPoint(
            lambda, ImportanceSampling.InversePropensity(sample, lambda).Value,
            sample.Predictions is { } model ? DoublyRobust.Shrunk(sample, model, lambda * lambda).Value : null)),
    ];

    /// <param name="isSame">The policy does what the log's did, so that it differs by nothing.</param>
    private static OffPolicyEstimate Described(string name, Estimate estimate, Clusters units, Estimate? logged, bool isSame = false)
    {
        double half = estimate.HalfWidth(units);
        var described = new OffPolicyEstimate(
            name, estimate.Value, units.StandardError(estimate.Influence), estimate.Value - half, estimate.Value + half);
        if (logged is not { } baseline) return described;
        var difference = estimate - baseline;
        double wide = difference.HalfWidth(units);
        double least = Rounding * Math.Max(Math.Abs(estimate.Value), Math.Abs(baseline.Value));
        if (isSame || (Math.Abs(difference.Value) <= least && wide <= least))
            return described with { Difference = 0, DifferenceLow = 0, DifferenceHigh = 0, DifferenceOneSidedLow = 0 };
        double error = units.StandardError(difference.Influence);
        return described with
        {
            Difference = difference.Value,
            DifferenceLow = difference.Value - wide,
            DifferenceHigh = difference.Value + wide,
            DifferenceOneSidedLow = units.Count < 2 ? double.NaN
                : difference.Value - (error * StudentT.UpperQuantile(OneSided, units.Count - 1)),
        };
    }

    private static string VerdictOf(OffPolicyReport report)
    {
        var diagnostics = report.Diagnostics;
        if (!report.IsAnswerable)
        {
            string mend = diagnostics.NeededExploration is { } share
                ? $" With {share:P0} of the decisions chosen uniformly at random, {diagnostics.NeededDecisions:N0} decisions "
                + "would answer it."
                : " No share of decisions chosen uniformly at random would answer it in that time; run an experiment.";
            return $"Not answerable: {string.Join("; ", diagnostics.Refusals)}.{mend}";
        }
        var best = report.Best;
        string compared = best.DifferenceLow > 0 ? "more than" : best.DifferenceHigh < 0 ? "less than" : "not significantly different from";
        return $"{report.Policy} would have earned {Number(best.Value)} a {report.Unit} "
            + $"(95 % CI {Number(best.Low)} to {Number(best.High)}, {best.Estimator}), {compared} the logging policy's "
            + $"{Number(report.Logged.Value)}.";
    }

    private static string Number(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
