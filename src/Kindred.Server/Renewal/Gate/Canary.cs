using Kindred.Evaluation.Metrics;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Experiments;

namespace Kindred.Server.Renewal.Gate;

/// <summary>The last step of the gate, as people set it up: some users get the snapshot first, and guardrails watch them.</summary>
internal sealed record CanarySettings
{
    /// <summary>The chance that a snapshot which does no harm is rejected, of all guardrails together.</summary>
    private const double FalseStops = .05;

    /// <summary>Of all users, those who get it; as many are control.</summary>
    public double Share { get; init; } = .05;

    /// <summary>The type of events that users shall not have fewer of; null: the one that the store has most of.</summary>
    public string? Success { get; init; }

    /// <summary>What must not get worse, and its margin; null: successes, answers with items, answers of its own, latency.</summary>
    public IReadOnlyList<OnlineMetric>? Guardrails { get; init; }

    /// <summary>It is not promoted earlier.</summary>
    public double ShortestDays { get; init; } = 1;

    /// <summary>Maximum length in days.</summary>
    public double LongestDays { get; init; } = 7;

    /// <summary>Fewest users of the snapshot before it is promoted.</summary>
    public int FewestUsers { get; init; } = 1_000;

    /// <summary>How often guardrails are looked at.</summary>
    public double EvaluateMinutes { get; init; } = 10;

    /// <exception cref="InputException">A value is out of range.</exception>
    public void Check()
    {
        if (Share is not (>= .01 and <= .05)) throw Outside("share", ".01 to .05, 1 to 5 % of the users", Share);
        if (ShortestDays is not (> 0 and <= 28)) throw Outside("shortestDays", "above 0 and at most 28", ShortestDays);
        if (LongestDays is not (> 0 and <= 28) || LongestDays < ShortestDays)
            throw Outside("longestDays", "at least shortestDays and at most 28", LongestDays);
        if (FewestUsers is not (>= 2 and <= 1_000_000)) throw Outside("fewestUsers", "2 to 1000000", FewestUsers);
        if (Success is { } type && string.IsNullOrWhiteSpace(type)) throw Outside("success", "a type of events", "empty");
        if (Guardrails is { Count: 0 })
            throw new InputException("A canary without guardrails watches nothing; leave guardrails out for the usual ones.");
        if (Guardrails?.FirstOrDefault(metric => metric.Role == OnlineMetricRole.Secondary) is { } idle)
            throw new InputException(
                $"The guardrail '{idle.Name}' of the canary is secondary, so that nothing would watch it; leave role out.");
        SetupOf("000000", "none").Checked();
    }

    /// <param name="success">The type of events where <see cref="Success"/> names none.</param>
    public ExperimentSetup SetupOf(string snapshot, string success)
    {
        var guardrails = Guardrails ?? Usual(Success ?? success);
        return new()
        {
            Experiment = new OnlineExperiment
            {
                Name = Canary.NameOf(snapshot),
                Arms = [new(Canary.Control), new(Canary.Arm)],
                Traffic = 2 * Share,
                Metrics = [.. guardrails.Select(metric => metric with { Role = OnlineMetricRole.Guardrail })],
                Design = new() { PlannedUnits = 2 * FewestUsers, Alpha = FalseStops / guardrails.Count },
            },
            Treatments = new Dictionary<string, Treatment> { [Canary.Arm] = new() { Snapshot = snapshot } },
            Trigger = ExposureTrigger.Always, // the arms differ in more than their lists
            EvaluateMinutes = EvaluateMinutes,
            StopOnMismatch = true,
        };
    }

    /// <summary>Margins that 2,000 users an arm can show, by the formulas in docs/renewal.md.</summary>
    private static OnlineMetric[] Usual(string success) =>
    [
        new(success) { Margin = .2 },
        OfAnswers("answers with items", MetricSources.Filled, MetricDirection.Higher, .02),
        OfAnswers("answers of its own", MetricSources.Answered, MetricDirection.Higher, .02),
        OfAnswers("latency", MetricSources.Latency, MetricDirection.Lower, .5),
    ];

    private static OnlineMetric OfAnswers(string name, string source, MetricDirection better, double margin) => new(name)
    {
        Kind = OnlineMetricKind.Ratio,
        Source = source,
        Denominator = $"count:{source}",
        Better = better,
        Margin = margin,
    };

    private static InputException Outside(string name, string range, object value) =>
        new(FormattableString.Invariant($"canary.{name} in the setting '{RenewalSettings.Name}' must be {range}, was {value}."));
}

/// <summary>What an experiment of the gate decides.</summary>
/// <param name="Snapshot">Answers everyone if nothing is wrong with it.</param>
internal sealed record Canary(string Snapshot, double ShortestDays, double LongestDays, int FewestUsers)
{
    /// <summary>How the names of the gate's experiments begin; other experiments have other names.</summary>
    public const string Prefix = "canary-";

    public const string Control = "control", Arm = "canary";

    /// <summary>
    /// What it came to. Passed: every guardrail is within its margin; failed: one was breached; not answered: the longest time did not show
    /// either, or a person promoted the snapshot before; needs a person: too few users came, or a person ended it. Null: it runs.
    /// </summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Whether the gate has the snapshot answer everyone.</summary>
    public bool IsPromoted { get; init; }

    public static string NameOf(string snapshot) => $"{Prefix}{snapshot.Split('-')[0]}";
}
