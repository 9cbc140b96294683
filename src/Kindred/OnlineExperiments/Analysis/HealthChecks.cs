using System.Globalization;
using Kindred.OnlineExperiments.Estimation;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>Looks for what breaks experiments, before anyone looks at effects.</summary>
/// <remarks>A. Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD 2019: 6 % of Microsoft's have
/// it.</remarks>
internal static class HealthChecks
{
    /// <summary>An alarm stops everything, so that it must hardly ever be false.</summary>
    private const double Alarm = .001;

    private const double MostInSeveralArms = .01;
    private const long FewestInSeveralArms = 10;

    public static IReadOnlyList<HealthCheck> Of(OnlineExperiment experiment, ExperimentData data)
    {
        double[] shares = experiment.Shares;
        long[] units = data.UnitsUpTo(data.Days - 1);
        List<HealthCheck> checks = [Ratio(experiment, units, shares), .. Parts(experiment, data, shares)];
        if (data.HasTimes)
        {
            double p = SampleRatio.SequentialPValues(data.UnitsByDay, shares)[^1];
            checks.Insert(1, new("sample ratio, looked at daily", p >= Alarm, p,
                p >= Alarm ? "No look gave evidence of a mismatch." : $"A mismatch is certain, however often one looks ({Chance(p)})."));
        }
        checks.AddRange(Unexpected(experiment, units, shares));
        long all = units.Sum() + data.UnitsInSeveralArms;
        bool isMixed = data.UnitsInSeveralArms >= FewestInSeveralArms && data.UnitsInSeveralArms > MostInSeveralArms * all;
        checks.Add(new("units in several arms", !isMixed, double.NaN, data.UnitsInSeveralArms == 0 ? "None."
            : $"{data.UnitsInSeveralArms:N0} of {all:N0} units saw several arms; they are left out"
                + (isMixed ? ", and more than 1 % of such units are a sign of broken assignment." : ".")));
        if (Imbalance(experiment, data) is { } imbalance) checks.Add(imbalance);
        return checks;
    }

    private static HealthCheck Ratio(OnlineExperiment experiment, long[] units, double[] shares)
    {
        double p = SampleRatio.Test(units, shares).PValue;
        long all = units.Sum();
        string counts = string.Join(", ", experiment.Arms.Select((arm, n) =>
            $"{arm.Name} {units[n]:N0} (expected {all * shares[n]:N0})"));
        return new("sample ratio", !(p < Alarm), p, double.IsNaN(p) ? $"Too few units to tell: {counts}." : $"{counts}: {Chance(p)}.");
    }

    /// <summary>The same by segment and by day, to find out where units are lost; corrected for their number.</summary>
    private static IEnumerable<HealthCheck> Parts(OnlineExperiment experiment, ExperimentData data, double[] shares)
    {
        (string Kind, (string Name, long[] Units)[] Parts)[] all =
        [
            ("sample ratio by segment", [.. data.Segments.Select((name, n) => (name, data.UnitsBySegment[n]))]),
            ("sample ratio by day", data.HasTimes && data.Days > 1 ? [.. data.UnitsByDay.Select((units, n) => ($"day {n + 1}", units))]
                : []),
        ];
        foreach (var (kind, parts) in all)
        {
            if (parts.Length == 0) continue;
            double[] p = MultipleTests.Adjusted(
                [.. parts.Select(part => SampleRatio.Test(part.Units, shares).PValue)], TestCorrection.Holm);
            string[] broken = [.. parts.Where((_, n) => p[n] < Alarm).Select(part => part.Name)];
            double smallest = p.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Min();
            yield return new(kind, broken.Length == 0, smallest, broken.Length == 0 ? "As planned in each."
                : $"Not as planned in {string.Join(", ", broken.Take(5))}{(broken.Length > 5 ? " and others" : "")}.");
        }
    }

    private static IEnumerable<HealthCheck> Unexpected(OnlineExperiment experiment, long[] units, double[] shares) =>
        from arm in Enumerable.Range(0, units.Length)
        where shares[arm] == 0 && units[arm] > 0
        select new HealthCheck("arm without traffic", false, double.NaN,
            $"{experiment.Arms[arm].Name} should get no units and has {units[arm]:N0}.");

    /// <summary>Arms should not differ before the experiment began.</summary>
    private static HealthCheck? Imbalance(OnlineExperiment experiment, ExperimentData data)
    {
        var tests = (from metric in Enumerable.Range(0, experiment.Metrics.Count)
                     from arm in Enumerable.Range(1, experiment.Arms.Count - 1)
                     let p = ArmComparison.PValueBefore(data.Of(metric, 0, data.Days - 1), data.Of(metric, arm, data.Days - 1),
                         experiment.Metrics[metric].Kind)
                     where !double.IsNaN(p)
                     select (Name: $"{experiment.Metrics[metric].Name} of {experiment.Arms[arm].Name}", P: p)).ToArray();
        if (tests.Length == 0) return null;
        double[] adjusted = MultipleTests.Adjusted([.. tests.Select(test => test.P)], TestCorrection.Holm);
        int worst = Array.IndexOf(adjusted, adjusted.Min());
        bool isHealthy = adjusted[worst] >= Alarm;
        return new("balance before", isHealthy, adjusted[worst], isHealthy ? "Arms did not differ before their first exposure."
            : $"{tests[worst].Name} differed from control before the first exposure ({Chance(adjusted[worst])}).");
    }

    private static string Chance(double p) =>
        p < 1e-4 ? "p < .0001" : $"p = {p.ToString(".0000", CultureInfo.InvariantCulture)}";
}
