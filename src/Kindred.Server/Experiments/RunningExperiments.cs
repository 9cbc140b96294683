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
                await ReadAsync(default);
        };
        await ReadAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var list = await store.Settings.GetAsync(ExperimentList.Name, cancellation) is { } setting
                ? ExperimentList.Parse(setting.Json) : new([]);
            var holdout = await store.Settings.GetAsync(HoldoutSettings.Name, cancellation) is { } share
                ? HoldoutSettings.Parse(share.Json) : new();
            _current = new(list, holdout.Share > 0 ? new(holdout.Salt, holdout.Share) : null);
        }
        catch (InputException e)
        {
            LogRefused(log, e.Message); // a newer server wrote it: everyone is answered as usual
            _current = ExperimentSet.Empty;
        }
        if (Changed is { } changed) await changed(_current);
    }

    [LoggerMessage(41, LogLevel.Error, "The experiments cannot be read; everyone gets control: {Reason}")]
    private static partial void LogRefused(ILogger log, string reason);
}

/// <summary>Experiments at one moment, and who is in which arm. Immutable.</summary>
internal sealed class ExperimentSet
{
    private readonly GlobalHoldout? _holdout;
    private readonly ExperimentAssigner? _plain; // null: a condition asks for columns
    private readonly ConditionalWeakTable<Interactions, AssignerOrNone> _byData = [];

    public ExperimentSet(ExperimentList list, GlobalHoldout? holdout)
    {
        (All, _holdout) = (list.Experiments, holdout);
        Running = [.. list.Experiments.Where(experiment => experiment.State == ExperimentState.Running)];
        if (Running.All(experiment => experiment.Setup.Experiment.Eligibility is null)) _plain = Made(null).Assigner;
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
        foreach (var experiment in Running)
        {
            if (experiment.Setup.Scenario != scenario) continue;
            var assigner = _plain ?? _byData.GetValue(data, Made).Assigner;
            if (assigner?.Assign(experiment.Name, unit, context) is not { Arm: { } arm } assigned) continue;
            (taken ??= []).Add(new(experiment, arm, assigned.Reason == AssignmentReason.Forced));
        }
        return taken ?? (IReadOnlyList<TakenPart>)[];
    }

    /// <exception cref="InputException">A condition does not fit the data.</exception>
    public static void CheckEligibility(OnlineExperiment experiment, Interactions data) =>
        _ = new ExperimentAssigner([experiment], null, data);

    /// <summary>Of data whose columns a condition does not fit, nobody takes part: an answer does not fail for an experiment.</summary>
    private AssignerOrNone Made(Interactions? data)
    {
        try
        {
            return new(new([.. Running.Select(experiment => experiment.Setup.Experiment)], _holdout, data));
        }
        catch (InputException)
        {
            return new(null);
        }
    }

    private sealed record AssignerOrNone(ExperimentAssigner? Assigner);
}

/// <summary>A unit's part in an experiment.</summary>
/// <param name="IsForced">It was not drawn, so that it is not analyzed.</param>
internal sealed record TakenPart(LiveExperiment Experiment, string Arm, bool IsForced);
