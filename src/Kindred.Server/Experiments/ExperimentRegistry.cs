using Kindred.Models;
using Kindred.OnlineExperiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>
/// All experiments of a store, in one setting: a change of any of them is one compare-and-set, which all servers obey within a second.
/// People change it by <see cref="ExperimentRegistry"/> alone.
/// </summary>
internal sealed record ExperimentList(IReadOnlyList<LiveExperiment> Experiments)
{
    /// <summary>The name of the setting in <see cref="IStore.Settings"/>.</summary>
    public const string Name = "experiments";

    public static ExperimentList Parse(string json) => SettingJson.Read<ExperimentList>(Name, json);

    public string ToJson() => SettingJson.Write(this);

    public LiveExperiment? Find(string name) => Experiments.FirstOrDefault(experiment => experiment.Name == name);

    public ExperimentList With(LiveExperiment changed) =>
        new([.. Experiments.Where(experiment => experiment.Name != changed.Name), changed]);
}

/// <summary>Creates, starts and stops experiments.</summary>
internal sealed class ExperimentRegistry(IStore store, SnapshotShelf shelf, TrainerCatalog trainers, TimeProvider clock)
{
    private const int MostExperiments = 1_000;

    public async Task<IReadOnlyList<LiveExperiment>> ListAsync(CancellationToken cancellation = default) =>
        [.. (await ReadAsync(cancellation)).List.Experiments.OrderByDescending(experiment => experiment.CreatedAt)];

    /// <returns>Null: there is none of this name.</returns>
    public async Task<LiveExperiment?> FindAsync(string name, CancellationToken cancellation = default) =>
        (await ReadAsync(cancellation)).List.Find(name);

    /// <exception cref="InputException">There is none of this name.</exception>
    public async Task<LiveExperiment> GetAsync(string name, CancellationToken cancellation = default) =>
        Known((await ReadAsync(cancellation)).List, name);

    /// <summary>
    /// Writes an experiment that does not run yet. Of one that runs, traffic and testers change: both move nobody from arm to arm.
    /// </summary>
    /// <exception cref="InputException">It cannot be used, or changes what is fixed.</exception>
    public Task<LiveExperiment> PutAsync(ExperimentSetup setup, string by, CancellationToken cancellation = default)
    {
        setup.Checked();
        return ChangeAsync(setup.Name, by, list =>
        {
            var present = list.Find(setup.Name);
            if (present is null && list.Experiments.Count >= MostExperiments)
                throw new InputException($"There are {MostExperiments} experiments already.");
            if (present is { State: ExperimentState.Stopped })
                throw new InputException($"Experiment '{setup.Name}' was stopped; give the new one a name of its own.");
            if (present is not { State: ExperimentState.Running })
                return ("create-experiment", new(setup, ExperimentState.Created, Now));
            var ramped = present.Setup with
            {
                Experiment = present.Setup.Experiment with { Traffic = setup.Experiment.Traffic, Forced = setup.Experiment.Forced },
            };
            var asked = setup with { Experiment = setup.Experiment with { Salt = setup.Experiment.Salt ?? ramped.Experiment.Salt } };
            if (SettingJson.Write(asked) != SettingJson.Write(ramped))
                throw new InputException(
                    $"Experiment '{setup.Name}' runs: only its traffic and its testers can be changed. Stop it, and create another one.");
            if (setup.Experiment.Traffic < present.Setup.Experiment.Traffic)
                throw new InputException(
                    $"The traffic of '{setup.Name}' can be raised only: users who leave would have seen an arm for some days.");
            return ("ramp-experiment", present with { Setup = ramped });
        }, cancellation);
    }

    /// <summary>Starts an experiment: from now on its design and its salt are fixed.</summary>
    /// <exception cref="InputException">
    /// It is not to be started, its condition does not fit what is served, or it shares users and what it changes with another one.
    /// </exception>
    public async Task<LiveExperiment> StartAsync(string name, string by, CancellationToken cancellation = default)
    {
        var known = await GetAsync(name, cancellation);
        await CheckServable(known.Setup, cancellation);
        return await ChangeAsync(name, by, list =>
        {
            var experiment = Known(list, name);
            if (experiment.State != ExperimentState.Created)
                throw new InputException(experiment.State == ExperimentState.Running ? $"Experiment '{name}' runs already."
                    : $"Experiment '{name}' was stopped, and its users have seen its arms; create another one.");
            LiveExperiment[] running = [.. list.Experiments.Where(other => other.State == ExperimentState.Running)];
            CheckTogether(experiment.Setup, running);
            var definition = experiment.Setup.Experiment;
            return ("start-experiment", experiment with
            {
                State = ExperimentState.Running,
                StartedAt = Now,
                Setup = experiment.Setup with { Experiment = definition with { Salt = definition.Salt ?? name } },
            });
        }, cancellation);
    }

    /// <summary>Stops an experiment: the next answers are control's. Nothing happens to one that is stopped already.</summary>
    /// <exception cref="InputException">It does not run.</exception>
    public Task<LiveExperiment> StopAsync(string name, string by, string? reason, CancellationToken cancellation = default) =>
        ChangeAsync(name, by, list =>
        {
            var experiment = Known(list, name);
            return experiment.State switch
            {
                ExperimentState.Created => throw new InputException($"Experiment '{name}' was not started."),
                ExperimentState.Stopped => ("", experiment),
                _ => ("stop-experiment", experiment with { State = ExperimentState.Stopped, StoppedAt = Now, StopReason = reason }),
            };
        }, cancellation);

    /// <returns>With the version of the setting, 0 where there is none.</returns>
    private async Task<(ExperimentList List, long Version)> ReadAsync(CancellationToken cancellation) =>
        await store.Settings.GetAsync(ExperimentList.Name, cancellation) is { } setting
            ? (ExperimentList.Parse(setting.Json), setting.Version) : (new([]), 0);

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Another server may change the list at the same time: each change is made to what is there.</summary>
    /// <param name="change">What was done, empty for nothing, and the experiment afterwards.</param>
    private async Task<LiveExperiment> ChangeAsync(
        string name, string by, Func<ExperimentList, (string Action, LiveExperiment Experiment)> change, CancellationToken cancellation)
    {
        while (true)
        {
            var (list, version) = await ReadAsync(cancellation);
            var (action, next) = change(list);
            if (action.Length == 0) return next;
            if (await store.Settings.SetAsync(ExperimentList.Name, list.With(next).ToJson(), version, cancellation) is not { } written)
                continue;
            string? detail = next.StopReason is null ? null
                : SettingJson.Write(new Dictionary<string, string> { ["reason"] = next.StopReason });
            await store.Audit.AppendAsync(by, action, name, detail ?? $$"""{"version":{{written.Version}}}""", CancellationToken.None);
            return next;
        }
    }

    /// <summary>The sentence for who asks for an experiment that there is not.</summary>
    public static string Unknown(string name, IEnumerable<LiveExperiment> known) =>
        $"There is no experiment '{PlainText.Shorten(name)}'; " + (known.Any()
            ? $"there are {string.Join(", ", known.Select(experiment => experiment.Name).Order(StringComparer.Ordinal))}."
            : "none was created.");

    private static LiveExperiment Known(ExperimentList list, string name) =>
        list.Find(name) ?? throw new InputException(Unknown(name, list.Experiments));

    /// <summary>Two experiments with the same users must not change the same thing: nobody could say whose effect it was.</summary>
    private static void CheckTogether(ExperimentSetup setup, IReadOnlyList<LiveExperiment> running)
    {
        static OnlineExperiment Dealing(ExperimentSetup setup) => setup.Experiment with { Eligibility = null };
        _ = new ExperimentAssigner([.. running.Select(other => Dealing(other.Setup)), Dealing(setup)]); // layers do not overlap
        foreach (var other in running.Select(other => other.Setup).Where(other => other.Scenario == setup.Scenario))
        {
            if (setup.Experiment.Layer is { } layer && layer.Name == other.Experiment.Layer?.Name) continue;
            bool isOfOrder = setup.Interleaved || other.Interleaved;
            string[] both = [.. Changed(setup).Intersect(Changed(other))];
            if (isOfOrder || both.Length > 0)
                throw new InputException(
                    $"Experiments '{setup.Name}' and '{other.Name}' change the same answers ({(isOfOrder ? "their order" : both[0])}) of "
                    + "the same users; give them parts of one layer, or stop the other one.");
        }
    }

    private static IEnumerable<string> Changed(ExperimentSetup setup) => setup.Treatments.Values.SelectMany(treatment => treatment.Parts);

    private async Task CheckServable(ExperimentSetup setup, CancellationToken cancellation)
    {
        var scenarios = Scenarios.Parse((await store.Settings.GetAsync(Scenarios.Name, cancellation))?.Json ?? "{}", trainers);
        string[] asked = [.. setup.Treatments.Values.Select(treatment => treatment.Scenario).Append(setup.Scenario).OfType<string>()];
        if (asked.FirstOrDefault(name => !scenarios.Configs.ContainsKey(name)) is { } unknown)
            throw new InputException($"There is no scenario '{PlainText.Shorten(unknown)}'; write it into the setting scenarios.");
        foreach (string snapshot in setup.Treatments.Values.Select(treatment => treatment.Snapshot).OfType<string>())
            if (shelf.Find(snapshot).Id != snapshot)
                throw new InputException($"Write the whole id of snapshot {snapshot}: {shelf.Find(snapshot).Id}.");
        if (setup.Experiment.Eligibility is null || (await shelf.ServedAsync(cancellation)).Snapshot is not { } served) return;
        using var opened = Snapshot.Open(shelf.PathOf(served), trainers);
        ExperimentSet.CheckEligibility(setup.Experiment, opened.Interactions);
    }
}
