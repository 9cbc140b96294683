using System.Globalization;
using Kindred.Numerics.Distributions;
using Kindred.OffPolicy.Estimators;

namespace Kindred.OffPolicy;

/// <summary>Decides whether a log can say anything about a policy, and what would be needed where it cannot.</summary>
internal static class Support
{
    private const double FewestEffective = 100, LargestShare = .1, Rare = .001, Miscalibrated = .001, FewestExpected = 5;

    /// <summary>A weight is far from the others if it is so many times as large as all of them but one in a thousand.</summary>
    private const double FarWeight = 10;

    private const int OneOf = 1_000;

    /// <summary>Propensities are written with few digits, so that their mean weight is 1 but for this.</summary>
    private const double Rounded = .01;

    /// <summary>Propensities of an item in a context are the same where they differ by no more.</summary>
    private const double Equal = 1.05;

    /// <summary>A busy hour says nothing of two weeks.</summary>
    private static readonly TimeSpan Planned = TimeSpan.FromDays(14), Shortest = TimeSpan.FromDays(1);

    /// <param name="weights">[decisions]: by which the policy is judged.</param>
    public static OffPolicyDiagnostics Of(BanditLog log, TargetPolicy policy, double[] weights, Clusters units)
    {
        double effective = Effective(weights), mean = weights.Sum() / weights.Length;
        double half = Estimate.Mean(weights).HalfWidth(units);
        double share = ShareOf(log, weights);
        List<string> refusals = [];
        if (!(effective >= FewestEffective))
            refusals.Add($"its effective sample size is {Number(effective)}, and at least {FewestEffective} are needed");
        if (!(Math.Abs(mean - 1) <= half + Rounded))
        {
            refusals.Add($"the mean weight is {Number(mean)} (95 % CI {Number(mean - half)} to {Number(mean + half)}), and must be 1: "
                + (mean < 1 ? "the policy shows what the log never does, or propensities are wrong"
                    : "propensities are wrong, or too few decisions decide"));
        }
        if (share > LargestShare) refusals.Add($"one decision alone makes {share:P0} of the estimate");
        var shown = ShownOf(log);
        double? calibration = Calibration(shown);
        List<string> warnings = [];
        if (calibration < Miscalibrated)
        {
            warnings.Add("Items were shown more or less often than the propensities say (χ², p "
                + $"{(calibration < 1e-4 ? "< 0.0001" : $"= {Number(calibration.Value)}")}): check how propensities are logged.");
        }
        if (Outlier(log, weights) is { } outlier) warnings.Add(outlier);
        long planned = log.Span is { TotalDays: > 0 } span
            ? (long)(log.Count * (Planned / (span > Shortest ? span : Shortest))) : log.Count;
        return new(
            effective, mean, mean - half, mean + half, weights.Max(), share,
            Unsupported(log, policy, shown), calibration, ByContext(log, weights),
            refusals, warnings, refusals.Count == 0 ? null : Exploration(log, policy, shown, planned))
        { NeededDecisions = planned, Weights = Histogram(weights) };
    }

    /// <returns>(Σw)² / Σw². L. Kish, "Survey Sampling", 1965.</returns>
    private static double Effective(IEnumerable<double> weights)
    {
        double sum = 0, squares = 0;
        foreach (double weight in weights) (sum, squares) = (sum + weight, squares + (weight * weight));
        return squares == 0 ? 0 : sum * sum / squares;
    }

    private static WeightBin[] Histogram(double[] weights) =>
    [
        .. weights.GroupBy(weight => weight > 0 ? Math.Pow(2, Math.Ceiling(Math.Log2(weight))) : 0).OrderBy(bin => bin.Key)
            .Select(bin => new WeightBin(bin.Key / 2, bin.Key, bin.LongCount())),
    ];

    /// <summary>A propensity with a wrong digit makes a weight that no other decision has.</summary>
    /// <returns>A sentence; null: the largest weights are not far from the others.</returns>
    private static string? Outlier(BanditLog log, double[] weights)
    {
        double[] sorted = [.. weights.OrderDescending()];
        int few = Math.Max(1, weights.Length / OneOf);
        if (weights.Length < 2 * few || !(sorted[0] > FarWeight * Math.Max(sorted[few], 1))) return null;
        double limit = FarWeight * Math.Max(sorted[few], 1);
        int row = Array.IndexOf(weights, sorted[0]), far = sorted.TakeWhile(weight => weight > limit).Count();
        string others = far == 1 ? "" : $" So do {far - 1:N0} others.";
        return $"Decision {row + 1:N0} ({log.Items[log.Item[row]]}, propensity {Small(log.Propensities[row])}) has the weight "
            + $"{Small(sorted[0])}; of the others hardly any is above {Small(sorted[few])}.{others} Check how its propensity was logged: a "
            + "wrong digit decides the estimate.";
    }

    private static double ShareOf(BanditLog log, double[] weights)
    {
        double sum = 0, largest = 0;
        for (int row = 0; row < weights.Length; row++)
        {
            double part = weights[row] * Math.Abs(log.Rewards[row]);
            sum += part;
            largest = Math.Max(largest, part);
        }
        return sum == 0 ? 0 : largest / sum;
    }

    private static ContextSupport[] ByContext(BanditLog log, double[] weights)
    {
        if (log.Contexts.Count == 1) return [];
        return
        [
            .. Enumerable.Range(0, log.Count).GroupBy(row => log.Context[row])
                .Select(rows => new ContextSupport(log.Contexts[rows.Key], rows.LongCount(), Effective(rows.Select(row => weights[row]))))
                .OrderBy(context => context.EffectiveSampleSize).ThenBy(context => context.Context, StringComparer.Ordinal),
        ];
    }

    /// <returns>[contexts][items]</returns>
    private static Shown[][] ShownOf(BanditLog log)
    {
        Shown[][] shown = [.. log.Contexts.Select(_ => new Shown[log.Items.Count])];
        for (int row = 0; row < log.Count; row++)
        {
            ref var pair = ref shown[log.Context[row]][log.Item[row]];
            pair = pair.With(log.Propensities[row]);
        }
        return shown;
    }

    private static double? Unsupported(BanditLog log, TargetPolicy policy, Shown[][] shown)
    {
        if (policy.Table is not { } table) return null;
        double mass = 0;
        for (int context = 0; context < table.Length; context++)
        {
            double missing = policy.Beyond![context];
            for (int item = 0; item < table[context].Length; item++)
                if (shown[context][item].Mean < Rare) missing += table[context][item];
            mass += missing * shown[context].Sum(pair => (double)pair.Count) / log.Count;
        }
        return mass;
    }

    /// <summary>
    /// χ² = Σ (O − E)² / E over the items of a context whose propensity stays the same: O decisions were of the item, E = n·p should
    /// have been.
    /// Where propensities change, nobody knows those of the decisions that showed something else. Those of a context that add up to more
    /// than 1 are not of one choice: they depend on what the log does not name, such as the user.
    /// </summary>
    private static double? Calibration(Shown[][] shown)
    {
        double statistic = 0;
        int degrees = 0;
        foreach (var context in shown)
        {
            double decisions = context.Sum(pair => (double)pair.Count);
            if (context.Sum(pair => pair.Mean) > Equal) continue;
            int tested = 0;
            foreach (var pair in context)
            {
                double expected = decisions * pair.Mean;
                if (expected < FewestExpected || pair.Largest > Equal * pair.Smallest) continue;
                statistic += (pair.Count - expected) * (pair.Count - expected) / expected;
                tested++;
            }
            degrees += Math.Max(0, tested - 1);
        }
        return degrees == 0 ? null : ChiSquared.Survival(statistic, degrees);
    }

    /// <summary>
    /// The smallest share ε with which (1 − ε)·πb + ε / items would answer: E[w²] = Σₐ πe² / π over the log gives n / E[w²] ≥ 100 effective
    /// decisions, and no decision has a tenth of the estimate.
    /// </summary>
    private static double? Exploration(BanditLog log, TargetPolicy policy, Shown[][] shown, long decisions)
    {
        double reward = log.Rewards.Sum(Math.Abs) / log.Count, largest = log.Rewards.Max(Math.Abs);
        for (int percent = 1; percent <= 100; percent++)
        {
            double share = percent / 100.0;
            var (squares, most) = policy.Table is null ? OfChosen(log, policy, share) : OfTable(log, policy, shown, share);
            bool isEnough = decisions / squares >= FewestEffective && most * largest <= LargestShare * decisions * reward;
            if (isEnough) return share;
        }
        return null;
    }

    private static (double Squares, double Largest) OfTable(BanditLog log, TargetPolicy policy, Shown[][] shown, double share)
    {
        double squares = 0, largest = 0, uniform = 1.0 / log.Items.Count;
        for (int context = 0; context < shown.Length; context++)
        {
            double part = shown[context].Sum(pair => (double)pair.Count) / log.Count;
            for (int item = 0; item < shown[context].Length; item++)
            {
                double target = policy.Table![context][item];
                if (target == 0) continue;
                double weight = target / (((1 - share) * shown[context][item].Mean) + (share * uniform));
                squares += part * target * weight;
                largest = Math.Max(largest, weight);
            }
        }
        return (squares, largest);
    }

    // E over πe of w: decisions of πb, weighted by πe / πb
    private static (double Squares, double Largest) OfChosen(BanditLog log, TargetPolicy policy, double share)
    {
        double sum = 0, all = 0, largest = 0, uniform = 1.0 / log.Items.Count;
        for (int row = 0; row < log.Count; row++)
        {
            double target = policy.Chosen[row], logged = log.Propensities[row];
            double weight = target / (((1 - share) * logged) + (share * uniform));
            sum += target / logged * weight;
            all += target / logged;
            largest = Math.Max(largest, weight);
        }
        // where the log never shows what the policy would have shown, uniform decisions alone would
        return all == 0 ? (1 / (share * uniform), 1 / (share * uniform)) : (sum / all, largest);
    }

    private static string Small(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>How often an item was shown in a context, and with which propensities.</summary>
    private readonly record struct Shown(int Count, double Sum, double Smallest, double Largest)
    {
        /// <summary>0 where it was never shown.</summary>
        public double Mean => Count == 0 ? 0 : Sum / Count;

        public Shown With(double propensity) => Count == 0 ? new(1, propensity, propensity, propensity)
            : new(Count + 1, Sum + propensity, Math.Min(Smallest, propensity), Math.Max(Largest, propensity));
    }
}
