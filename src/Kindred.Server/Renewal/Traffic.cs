using Kindred.Server.Experiments;
using Kindred.Server.Renewal.Gate;
using Kindred.Store;

namespace Kindred.Server.Renewal;

/// <summary>
/// Who is answered by what: the served snapshot, and the experiments that give some users another one. Two settings of the store which
/// change together, by <see cref="SnapshotShelf.ChangeAsync"/> alone.
/// </summary>
internal sealed record Traffic(ServedSnapshot Served, ExperimentList Experiments)
{
    /// <summary>What the gate tries on a few users; null: nothing.</summary>
    public LiveExperiment? Canary =>
        Experiments.Experiments.FirstOrDefault(experiment => experiment is { State: ExperimentState.Running, Canary: not null });

    /// <summary>Another snapshot is served to everyone, which ends a canary: what it compares is no question any more.</summary>
    /// <param name="by">The audit log names them.</param>
    public TrafficChange Serving(ServedSnapshot next, string by, DateTimeOffset now)
    {
        var change = new TrafficChange(this with { Served = next }, []);
        if (Canary is not { } canary) return change;
        var (what, outcome) = canary.Canary!.Snapshot == next.Snapshot
            ? ("It", Outcome.NotAnswered) : (next.Snapshot!, Outcome.NeedsPerson);
        return change.Stopping(canary.Stopped(now, by, $"{what} was promoted by {by}.", outcome), by);
    }

    /// <summary>
    /// The snapshot before is served again. Experiments with an arm that the one of now answers for end: who rolls back wants nobody to get
    /// it.
    /// </summary>
    public TrafficChange RollingBack(ServedSnapshot next, string by, DateTimeOffset now)
    {
        var change = new TrafficChange(this with { Served = next }, []);
        string reason = $"{Served.Snapshot}, which answered for an arm, was rolled back by {by}.";
        return Experiments.Experiments
            .Where(experiment => experiment.State == ExperimentState.Running
                && (experiment.Canary is not null || experiment.Snapshots.Contains(Served.Snapshot)))
            .Aggregate(change, (all, experiment) => all.Stopping(experiment.Stopped(now, by, reason, Outcome.NeedsPerson), by));
    }
}

/// <summary>A change of who is answered by what, and what the audit log says of it.</summary>
internal sealed record TrafficChange(Traffic Next, IReadOnlyList<NewAuditEntry> Entries)
{
    /// <summary>What the audit log calls what happens to snapshots.</summary>
    public const string Promote = "promote-snapshot", Reject = "reject-snapshot", RollBack = "roll-back-snapshot",
        Restore = "restore-snapshot";

    /// <summary>And an experiment has ended.</summary>
    public TrafficChange Stopping(LiveExperiment stopped, string by) => new(
        Next with { Experiments = Next.Experiments.With(stopped) },
        [.. Entries, Audited(by, "stop-experiment", stopped.Name, stopped.StopReason)]);

    /// <summary>And this is in the audit log.</summary>
    public TrafficChange Noting(string by, string action, string subject, string? reason = null) =>
        this with { Entries = [.. Entries, Audited(by, action, subject, reason)] };

    /// <summary>And everyone gets what an arm got.</summary>
    public TrafficChange Shipping(string by, string experiment, string arm, string? reason)
    {
        var detail = new Dictionary<string, string> { ["arm"] = arm };
        if (reason is not null) detail["reason"] = reason;
        return this with { Entries = [.. Entries, new(by, "ship-experiment", experiment, SettingJson.Write(detail))] };
    }

    private static NewAuditEntry Audited(string by, string action, string subject, string? reason) => new(
        by, action, subject, reason is null ? null : SettingJson.Write(new Dictionary<string, string> { ["reason"] = reason }));
}
