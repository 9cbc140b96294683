using Kindred.Models;
using Kindred.OnlineExperiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
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

    /// <summary>What the store has.</summary>
    public static async Task<ExperimentList> ReadAsync(IStore store, CancellationToken cancellation = default) =>
        await store.Settings.GetAsync(Name, cancellation) is { } setting ? Parse(setting.Json) : new([]);

    public static ExperimentList Parse(string json) => SettingJson.Read<ExperimentList>(Name, json);

    public string ToJson() => SettingJson.Write(this);

    public LiveExperiment? Find(string name) => Experiments.FirstOrDefault(experiment => experiment.Name == name);

    public ExperimentList With(LiveExperiment changed) =>
        new([.. Experiments.Where(experiment => experiment.Name != changed.Name), changed]);
}

/// <summary>Creates, starts and stops experiments.</summary>
internal sealed class ExperimentRegistry(IStore store, SnapshotShelf shelf, TrainerCatalog trainers, TimeProvider clock)
{
    private const int MostExperiments = 1_000, MostCanaries = 20;

    public async Task<IReadOnlyList<LiveExperiment>> ListAsync(CancellationToken cancellation = default) =>
        [.. (await ExperimentList.ReadAsync(store, cancellation)).Experiments.OrderByDescending(experiment => experiment.CreatedAt)];

    /// <returns>Null: there is none of this name.</returns>
    public async Task<LiveExperiment?> FindAsync(string name, CancellationToken cancellation = default) =>
        (await ExperimentList.ReadAsync(store, cancellation)).Find(name);

    /// <exception cref="InputException">There is none of this name.</exception>
    public async Task<LiveExperiment> GetAsync(string name, CancellationToken cancellation = default) =>
        Known(await ExperimentList.ReadAsync(store, cancellation), name);

    /// <summary>
    /// Writes an experiment that does not run yet. Of one that runs, traffic and testers change: both move nobody from arm to arm.
    /// </summary>
    /// <exception cref="InputException">It cannot be used, or changes what is fixed.</exception>
    public Task<LiveExperiment> PutAsync(ExperimentSetup setup, string by, CancellationToken cancellation = default)
    {
        setup.Checked();
        if (setup.Name.StartsWith(Canary.Prefix, StringComparison.Ordinal))
            throw new InputException($"Names that begin with {Canary.Prefix} are those of the gate's experiments; choose another one.");
        return ChangeAsync(by, traffic =>
        {
            var list = traffic.Experiments;
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
        await CheckTypes(known.Setup, cancellation);
        return await ChangeAsync(by, traffic =>
        {
            var list = traffic.Experiments;
            var experiment = Known(list, name);
            if (experiment.State != ExperimentState.Created)
                throw new InputException(experiment.State == ExperimentState.Running ? $"Experiment '{name}' runs already."
                    : $"Experiment '{name}' was stopped, and its users have seen its arms; create another one.");
            CheckTogether(experiment.Setup, Running(list));
            var definition = experiment.Setup.Experiment;
            bool hasSnapshots = experiment.Snapshots.Any();
            if (hasSnapshots && traffic.Served.Snapshot is null)
                throw new InputException(
                    $"No snapshot is served, so nothing can be compared with the snapshot of '{name}'; promote one first.");
            return ("start-experiment", experiment with
            {
                State = ExperimentState.Running,
                StartedAt = Now,
                ControlSnapshot = hasSnapshots ? traffic.Served.Snapshot : null,
                Setup = experiment.Setup with { Experiment = definition with { Salt = definition.Salt ?? name } },
            });
        }, cancellation);
    }

    /// <summary>Stops an experiment: the next answers are control's. Nothing happens to one that is stopped already.</summary>
    /// <param name="outcome">Of a canary.</param>
    /// <exception cref="InputException">It does not run.</exception>
    public Task<LiveExperiment> StopAsync(
        string name, string by, string? reason, Outcome outcome, CancellationToken cancellation = default) =>
        ChangeAsync(by, traffic =>
        {
            var experiment = Known(traffic.Experiments, name);
            return experiment.State switch
            {
                ExperimentState.Created => throw new InputException($"Experiment '{name}' was not started."),
                ExperimentState.Stopped => ("", experiment),
                _ => ("stop-experiment", experiment.Stopped(Now, by, reason, outcome)),
            };
        }, cancellation);

    /// <summary>Has some of the users get a snapshot that passed the other steps of the gate.</summary>
    /// <param name="before">What was served when the gate judged: it is control.</param>
    /// <param name="success">The type of events of the usual guardrail.</param>
    /// <returns>Why there is no canary, in a sentence; null: it runs.</returns>
    public async Task<string?> StartCanaryAsync(
        string snapshot, ServedSnapshot before, CanarySettings settings, string success, CancellationToken cancellation = default)
    {
        string? problem = null;
        try
        {
            if (settings.Success is not null || settings.Guardrails is not null) // the usual one's type is the most frequent
                await CheckTypes(settings.SetupOf(snapshot, success), cancellation);
        }
        catch (InputException e)
        {
            return $"its canary cannot start. {e.Message}";
        }
        var settled = await SettledAsync(cancellation);
        await shelf.ChangeAsync(traffic =>
        {
            problem = traffic.Served.IsHeld || traffic.Served.Snapshot != before.Snapshot
                ? $"meanwhile {traffic.Served.Snapshot} was promoted, with which the gate did not compare it."
                : traffic.Canary is { } other ? $"the canary of {other.Canary!.Snapshot} runs." : null;
            if (problem is not null) return null;
            var setup = settings.SetupOf(snapshot, success).Checked();
            try { CheckTogether(setup, Running(traffic.Experiments)); }
            catch (InputException e)
            {
                problem = $"its canary cannot start. {e.Message}";
                return null;
            }
            setup = setup with { Experiment = setup.Experiment with { Salt = setup.Name } };
            var canary = new LiveExperiment(setup, ExperimentState.Running, Now)
            {
                StartedAt = Now,
                ControlSnapshot = before.Snapshot,
                Canary = new(snapshot, settings.ShortestDays, settings.LongestDays, settings.FewestUsers),
            };
            var next = traffic with { Experiments = Without(settled, traffic.Experiments).With(canary) };
            return new TrafficChange(next, []).Noting(CanaryStep.Gate, "start-experiment", setup.Name, $"The canary of {snapshot}.");
        }, cancellation: cancellation);
        return problem;
    }

    /// <summary>
    /// Canaries do not add up for ever: the latest that have ended stay, so that people can read them, and of the others those whose rows
    /// are not removed yet, as nobody would remove them later.
    /// </summary>
    /// <returns>Names of the others.</returns>
    private async Task<HashSet<string>> SettledAsync(CancellationToken cancellation)
    {
        var settled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var old in (await ListAsync(cancellation))
            .Where(experiment => experiment is { Canary: not null, State: ExperimentState.Stopped }).Skip(MostCanaries))
            if (await ExperimentReports.IsKeptAloneAsync(old, store, cancellation)) settled.Add(old.Name);
        return settled;
    }

    private static ExperimentList Without(HashSet<string> settled, ExperimentList list) =>
        new([.. list.Experiments.Where(experiment => !settled.Contains(experiment.Name))]);

    private static LiveExperiment[] Running(ExperimentList list) =>
        [.. list.Experiments.Where(experiment => experiment.State == ExperimentState.Running)];

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <param name="change">Its name, empty where nothing is to be changed, and the experiment as it shall be; may be called again.</param>
    private async Task<LiveExperiment> ChangeAsync(
        string by, Func<Traffic, (string Action, LiveExperiment Experiment)> change, CancellationToken cancellation)
    {
        LiveExperiment? changed = null;
        await shelf.ChangeAsync(traffic =>
        {
            (string action, changed) = change(traffic);
            if (action.Length == 0) return null;
            var next = traffic with { Experiments = traffic.Experiments.With(changed) };
            var noted = new TrafficChange(next, []).Noting(by, action, changed.Name, changed.StopReason);
            return changed.Canary is { Outcome: Outcome.Failed } rejected
                ? noted.Noting(by, TrafficChange.Reject, rejected.Snapshot, changed.StopReason) : noted;
        }, cancellation: cancellation);
        return changed!;
    }

    /// <summary>Error for an unknown experiment.</summary>
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

    /// <summary>Scenarios that answer in a running experiment stay.</summary>
    /// <exception cref="InputException">One is missing.</exception>
    public static async Task CheckScenariosAsync(IStore store, Scenarios scenarios)
    {
        foreach (var experiment in Running(await ExperimentList.ReadAsync(store)))
            if (ScenariosOf(experiment.Setup).FirstOrDefault(name => !scenarios.Configs.ContainsKey(name)) is { } missing)
                throw new InputException(
                    $"Experiment '{experiment.Name}' runs and needs the scenario '{missing}'; leave it in, or stop the experiment first.");
    }

    private static IEnumerable<string> ScenariosOf(ExperimentSetup setup) =>
        setup.Treatments.Values.Select(treatment => treatment.Scenario).Append(setup.Scenario).OfType<string>();

    /// <summary>A misspelled type of events would be a metric that never moves; new ones are named in the setting of events.</summary>
    private async Task CheckTypes(ExperimentSetup setup, CancellationToken cancellation)
    {
        string[] seen = [.. (await store.Events.CountsAsync(cancellation)).Select(count => count.Type).Distinct()];
        if (seen.Length == 0) return; // of an empty store nobody knows
        var settings = await EventSettings.ReadAsync(store, cancellation);
        string[] known = [.. seen.Union(settings.Weights.Keys).Union(settings.Negative).Order(StringComparer.Ordinal)];
        foreach (var metric in setup.Experiment.Metrics)
            foreach (string type in MetricSources.TypesOf(metric).Except(known).Except(MetricSources.OfAnswers))
                throw new InputException(
                    $"Metric '{metric.Name}' of experiment '{setup.Name}' asks for events of type '{PlainText.Shorten(type)}', and there "
                    + $"are none; there are {string.Join(", ", known.Take(20))}, and of answers "
                    + $"{string.Join(", ", MetricSources.OfAnswers)}. If it is a new type, give it a weight in the setting events.");
    }

    private async Task CheckServable(ExperimentSetup setup, CancellationToken cancellation)
    {
        var scenarios = Scenarios.Parse((await store.Settings.GetAsync(Scenarios.Name, cancellation))?.Json ?? "{}", trainers);
        if (ScenariosOf(setup).FirstOrDefault(name => !scenarios.Configs.ContainsKey(name)) is { } unknown)
            throw new InputException($"There is no scenario '{PlainText.Shorten(unknown)}'; write it into the setting scenarios.");
        foreach (string snapshot in setup.Treatments.Values.Select(treatment => treatment.Snapshot).OfType<string>())
            if (shelf.Find(snapshot).Id != snapshot)
                throw new InputException($"Write the whole id of snapshot {snapshot}: {shelf.Find(snapshot).Id}.");
        if (setup.Experiment.Eligibility is null || (await shelf.ServedAsync(cancellation)).Snapshot is not { } served) return;
        using var opened = Snapshot.Open(shelf.PathOf(served), trainers);
        ExperimentSet.CheckEligibility(setup.Experiment, opened.Interactions);
    }
}
