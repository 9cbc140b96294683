using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Kindred.Models;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Assignment;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Experiments;

/// <summary>Users who are in no experiment: the setting <see cref="Name"/>.</summary>
internal sealed record HoldoutSettings
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "holdout";

    /// <summary>Another one draws other users: change it once a quarter at most.</summary>
    public string Salt { get; init; } = "holdout";

    /// <summary>Of all users.</summary>
    public double Share { get; init; }

    public static HoldoutSettings Parse(string json) => SettingJson.Read<HoldoutSettings>(Name, json).Checked();

    public string ToJson() => SettingJson.Write(this);

    private HoldoutSettings Checked() => Share is >= 0 and <= .5 ? this
        : throw new InputException($"share must be 0 to .5, was {Share}; .01 to .05 are usual.");
}

/// <summary>The experiments of the store as they are now, on this and other servers.</summary>
internal sealed partial class RunningExperiments(IStore store, StoreChanges changes, ILogger<RunningExperiments> log) : IHostedService
{
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);
    private volatile ExperimentSet _current = ExperimentSet.Empty;

    /// <summary>Replaced whole, so that a request sees all of a change or nothing.</summary>
    public ExperimentSet Current => _current;

    /// <summary>Called when they changed.</summary>
    public event Func<ExperimentSet, Task>? Changed;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += async list =>
        {
            if (list.Any(change => change is { Kind: ChangeKind.Setting, Id: ExperimentList.Name or HoldoutSettings.Name }))
                await TakeAsync(default);
        };
        await TakeAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the store has now, though requests do not see it yet; none, where a newer server wrote what this one cannot
    /// read.</summary>
    public async Task<ExperimentSet> ReadAsync(CancellationToken cancellation = default)
    {
        try
        {
            var list = await ExperimentList.ReadAsync(store, cancellation);
            var holdout = await store.Settings.GetAsync(HoldoutSettings.Name, cancellation) is { } share
                ? HoldoutSettings.Parse(share.Json) : new();
            return new(list, holdout.Share > 0 ? new(holdout.Salt, holdout.Share) : null, Tell);
        }
        catch (InputException e)
        {
            LogRefused(log, e.Message);
            return ExperimentSet.Empty;
        }
    }

    private async Task TakeAsync(CancellationToken cancellation)
    {
        _current = await ReadAsync(cancellation);
        if (Changed is { } changed) await changed(_current);
    }

    /// <summary>Once, although the data of answers changes often.</summary>
    private void Tell(string experiment, string? problem)
    {
        if (problem is null) _told.TryRemove(experiment, out _);
        else if (_told.GetValueOrDefault(experiment) != problem)
        {
            _told[experiment] = problem;
            LogNobody(log, experiment, problem);
        }
    }

    [LoggerMessage(46, LogLevel.Error, "Nobody takes part in experiment {Name}, whose condition does not fit what is served: {Reason}")]
    private static partial void LogNobody(ILogger log, string name, string reason);

    [LoggerMessage(41, LogLevel.Error, "The experiments cannot be read; everyone gets control: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);
}

/// <summary>Experiments at one moment, and who is in which arm. Immutable.</summary>
internal sealed class ExperimentSet
{
    private readonly GlobalHoldout? _holdout;
    private readonly Action<string, string?>? _tell;
    private readonly AssignerOrProblem?[] _plain; // [running], null: a condition asks for columns
    private readonly ConditionalWeakTable<Interactions, AssignerOrProblem?[]> _byData = []; // [running], null: it has no condition

    /// <param name="tell">Of an experiment with a condition, what is wrong with it, null for nothing; for each data.</param>
    public ExperimentSet(ExperimentList list, GlobalHoldout? holdout, Action<string, string?>? tell = null)
    {
        (All, _holdout, _tell) = (list.Experiments, holdout, tell);
        Running = [.. list.Experiments.Where(experiment => experiment.State == ExperimentState.Running)];
        _plain = [.. Running.Select(experiment => HasCondition(experiment) ? null : Made(experiment, null))];
    }

    public static ExperimentSet Empty { get; } = new(new([]), null);

    public IReadOnlyList<LiveExperiment> All { get; }

    public IReadOnlyList<LiveExperiment> Running { get; }

    /// <param name="unit">The user's id, or the session's.</param>
    /// <param name="data">Whose columns conditions ask for.</param>
    /// <returns>The experiments that the unit is in, with its arms.</returns>
    public IReadOnlyList<TakenPart> For(string unit, string? scenario, Interactions data, QueryContext? context)
    {
        List<TakenPart>? taken = null;
        for (int n = 0; n < Running.Count; n++)
        {
            var experiment = Running[n];
            if (experiment.Setup.Scenario != scenario) continue;
            if (Of(n, data).Assigner?.Assign(experiment.Name, unit, context) is not { Arm: { } arm } assigned) continue;
            (taken ??= []).Add(new(experiment, arm, assigned.Reason == AssignmentReason.Forced));
        }
        return taken ?? (IReadOnlyList<TakenPart>)[];
    }

    /// <returns>Why nobody takes part in a running experiment; null: its condition fits the data, or it has none.</returns>
    public string? ProblemOf(string experiment, Interactions data)
    {
        for (int n = 0; n < Running.Count; n++)
            if (Running[n].Name == experiment) return Of(n, data).Problem;
        return null;
    }

    /// <exception cref="InputException">A condition does not fit the data.</exception>
    public static void CheckEligibility(OnlineExperiment experiment, Interactions data) =>
        _ = new ExperimentAssigner([experiment], null, data);

    private static bool HasCondition(LiveExperiment experiment) => experiment.Setup.Experiment.Eligibility is not null;

    private AssignerOrProblem Of(int running, Interactions data) => _plain[running] ?? _byData.GetValue(data, Conditional)[running]!;

    private AssignerOrProblem?[] Conditional(Interactions data)
    {
        var made = new AssignerOrProblem?[Running.Count];
        for (int n = 0; n < made.Length; n++)
        {
            if (!HasCondition(Running[n])) continue;
            made[n] = Made(Running[n], data);
            _tell?.Invoke(Running[n].Name, made[n]!.Problem);
        }
        return made;
    }

    /// <summary>
    /// In an experiment whose condition does not fit the columns, nobody takes part: an answer does not fail for it, nor do other
    /// experiments.
    /// </summary>
    private AssignerOrProblem Made(LiveExperiment experiment, Interactions? data)
    {
        try
        {
            return new(new([experiment.Setup.Experiment], _holdout, data), null);
        }
        catch (InputException e)
        {
            return new(null, e.Message);
        }
    }

    private sealed record AssignerOrProblem(ExperimentAssigner? Assigner, string? Problem);
}

/// <summary>A unit's part in an experiment.</summary>
/// <param name="IsForced">It was not drawn, so that it is not analyzed.</param>
internal sealed record TakenPart(LiveExperiment Experiment, string Arm, bool IsForced);
