using System.Text.Json.Serialization;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Metrics;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>What people write to have an experiment in a living server; fixed from its start on, except for traffic and testers.</summary>
internal sealed record ExperimentSetup
{
    private const int LongestName = 64;
    private const double UsualMinutes = 60;

    /// <summary>Name, arms, metrics, design: as `kindred experiment analyze --settings` reads it.</summary>
    public required OnlineExperiment Experiment { get; init; }

    /// <summary>By arm, how its answers differ from control's, which are those without the experiment.</summary>
    public IReadOnlyDictionary<string, Treatment> Treatments { get; init; } = new Dictionary<string, Treatment>();

    /// <summary>Requests that name this scenario take part; null: those that name none.</summary>
    public string? Scenario { get; init; }

    /// <summary>One list of both arms' items for everyone who takes part, instead of an arm for each.</summary>
    public bool Interleaved { get; init; }

    public ExposureTrigger Trigger { get; init; }

    /// <summary>How often metrics are evaluated: harm ends an experiment within this time.</summary>
    public double EvaluateMinutes { get; init; } = UsualMinutes;

    /// <summary>Also a mismatch of the sample ratio ends it.</summary>
    public bool StopOnMismatch { get; init; }

    [JsonIgnore]
    public string Name => Experiment.Name;

    /// <summary>How an arm's answers differ; control's do not.</summary>
    public Treatment TreatmentOf(string arm) => Treatments.GetValueOrDefault(arm) ?? Treatment.None;

    /// <exception cref="InputException">It is no JSON object of these names, or cannot be used.</exception>
    public static ExperimentSetup Parse(string json) => SettingJson.Read<ExperimentSetup>("experiment", json).Checked();

    public ExperimentSetup Checked()
    {
        Experiment.Check();
        if (Name.Length > LongestName || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new InputException(
                $"'{PlainText.Shorten(Name)}' cannot be the name of an experiment; use at most {LongestName} letters, digits, - and _.");
        if (EvaluateMinutes is not (> 0 and <= 1_440))
            throw new InputException($"evaluateMinutes must be above 0 and at most 1440, was {EvaluateMinutes}.");
        if (Interleaved && Experiment.Arms.Count != 2)
            throw new InputException("An interleaved list has items of two arms, control and one other; compare more arms in pairs.");
        if (Interleaved && Unwatched is { } unwatched)
            throw new InputException(
                $"Experiment '{Name}' is interleaved, so nothing watches {unwatched}: every user gets items of both arms. Remove it, or "
                + "compare the arms on users of their own.");
        if (Interleaved && Experiment.Design.Kind == DesignKind.GroupSequential)
            throw new InputException(
                $"Experiment '{Name}' is interleaved, and has no looks in between; use the design alwaysValid, or fixedHorizon for one at "
                + "the end.");
        if (!Interleaved && Experiment.Metrics.Count == 0)
            throw new InputException($"Experiment '{Name}' has no metric; declare what it is to find, and what must not get worse.");
        foreach (var metric in Experiment.Metrics.Where(metric => metric.CapQuantile is not null))
            throw new InputException(
                $"Metric '{metric.Name}' has a capQuantile, which changes with the data; write the cap that a plan or a look at the "
                + "history gives.");
        foreach (var (arm, treatment) in Treatments)
        {
            if (Experiment.Arms.Skip(1).All(known => known.Name != arm))
                throw new InputException(arm == Experiment.Arms[0].Name
                    ? $"Control '{arm}' is what is served without the experiment, so it has no treatment."
                    : $"There is a treatment for arm '{PlainText.Shorten(arm)}', which experiment '{Name}' does not have.");
            treatment.Check(arm);
        }
        foreach (var arm in Experiment.Arms.Skip(1).Where(arm => TreatmentOf(arm.Name).IsNone))
            if (Trigger != ExposureTrigger.Always)
                throw new InputException(
                    $"Arm '{arm.Name}' has no treatment, so its answers never differ; give it a scenario, a snapshot or events, or set "
                    + "trigger to always for an A/A test.");
        return this;
    }

    /// <summary>What is asked for and an interleaved experiment does not have.</summary>
    private string? Unwatched =>
        Experiment.Metrics.FirstOrDefault(metric => metric.Role == OnlineMetricRole.Guardrail) is { } guardrail
            ? $"the guardrail '{guardrail.Name}'"
        : StopOnMismatch ? "stopOnMismatch"
        : EvaluateMinutes != UsualMinutes ? "evaluateMinutes"
        : null;
}

/// <summary>When a unit is exposed, and from then on analyzed.</summary>
internal enum ExposureTrigger
{
    /// <summary>At its first answer whose list the arms make differently. Until then each answer costs one list for each arm.</summary>
    WhenDifferent,

    /// <summary>At its first answer.</summary>
    Always,
}

/// <summary>How an arm's answers differ from control's.</summary>
internal sealed record Treatment
{
    public static Treatment None { get; } = new();

    /// <summary>This scenario answers.</summary>
    public string? Scenario { get; init; }

    /// <summary>The id of the snapshot that answers.</summary>
    public string? Snapshot { get; init; }

    /// <summary>What events mean when a history is made of them.</summary>
    public EventSettings? Events { get; init; }

    [JsonIgnore]
    public bool IsNone => Scenario is null && Snapshot is null && Events is null;

    /// <summary>What it changes, by name.</summary>
    [JsonIgnore]
    public IEnumerable<string> Parts =>
    [
        .. Scenario is null ? Array.Empty<string>() : ["scenario"], .. Snapshot is null ? Array.Empty<string>() : ["snapshot"],
        .. Events is null ? Array.Empty<string>() : ["events"],
    ];

    /// <summary>Both.</summary>
    /// <param name="other">Changes other parts.</param>
    public Treatment With(Treatment other) => new()
    {
        Scenario = other.Scenario ?? Scenario,
        Snapshot = other.Snapshot ?? Snapshot,
        Events = other.Events ?? Events,
    };

    public void Check(string arm)
    {
        if (IsNone) throw new InputException($"The treatment of arm '{arm}' is empty; give it a scenario, a snapshot or events.");
        if (Events is { } events) EventSettings.Parse(events.ToJson());
    }
}

/// <summary>An experiment, and what became of it.</summary>
internal sealed record LiveExperiment(ExperimentSetup Setup, ExperimentState State, DateTimeOffset CreatedAt)
{
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The id of a key, a part of the server, or the name of a command; null: not known.</summary>
    public string? StoppedBy { get; init; }

    /// <summary>In a sentence; null: nobody said why.</summary>
    public string? StopReason { get; init; }

    /// <summary>
    /// Where an arm is a snapshot, the one that was served at the start: it answers for all arms that name none, whatever is served
    /// later. Null: what is served does.
    /// </summary>
    public string? ControlSnapshot { get; init; }

    /// <summary>What the gate decides by it; null: people made it.</summary>
    public Canary? Canary { get; init; }

    [JsonIgnore]
    public string Name => Setup.Name;

    /// <summary>The name of the arm that the others are compared with.</summary>
    [JsonIgnore]
    public string Control => Setup.Experiment.Arms[0].Name;

    /// <summary>Every snapshot that answers for an arm.</summary>
    [JsonIgnore]
    public IEnumerable<string> Snapshots =>
        Setup.Treatments.Values.Select(treatment => treatment.Snapshot).Append(ControlSnapshot).OfType<string>();

    /// <summary>How an arm's answers differ from those without any experiment.</summary>
    public Treatment TreatmentOf(string arm)
    {
        var treatment = Setup.TreatmentOf(arm);
        return treatment.Snapshot is null && ControlSnapshot is not null ? treatment with { Snapshot = ControlSnapshot } : treatment;
    }

    /// <param name="outcome">Of a canary; <paramref name="isPromoted"/>: everyone gets its snapshot.</param>
    public LiveExperiment Stopped(
        DateTimeOffset at, string by, string? reason, Outcome outcome, bool isPromoted = false)
    {
        var canary = Canary is null ? null : Canary with { Outcome = outcome, IsPromoted = isPromoted };
        return this with { State = ExperimentState.Stopped, StoppedAt = at, StoppedBy = by, StopReason = reason, Canary = canary };
    }

    /// <summary>Days since the start; the first is 0. What comes after the planned end of a design with an end does not count.</summary>
    public int DayOf(DateTimeOffset time) => (int)Math.Max(0, Math.Floor((time - StartedAt!.Value).TotalDays));

    /// <summary>Whether its design has ended; always-valid designs have none.</summary>
    public bool IsOver(DateTimeOffset now) =>
        Setup.Experiment.Design.Kind != DesignKind.AlwaysValid && StartedAt is { } start
            && (now - start).TotalDays >= Setup.Experiment.Design.Days;
}

internal enum ExperimentState
{
    /// <summary>It can be changed and started.</summary>
    Created,

    Running,

    /// <summary>Control answers everyone. It can be read, not started again.</summary>
    Stopped,
}
