using Kindred.Configuration;
using Kindred.Server.Experiments;
using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Dashboard;

/// <summary>
/// What would be answered by something else than what is served: a scenario, a snapshot of the folder, or an arm of an experiment.
/// </summary>
internal sealed class OtherAnswers(
    LiveState live, LiveSnapshot snapshots, SnapshotShelf shelf, LiveAnswers answers, RunningExperiments experiments, LivingOptions options,
    TimeProvider clock)
{
    /// <summary>What answers where no experiment is.</summary>
    public const string Usual = "usual";

    private const string Named = "scenario:", Kept = "snapshot:", Dealt = "arm:";

    private const int MostSnapshots = 20;

    /// <param name="served">The snapshot that answers.</param>
    /// <param name="experiments">Whose arms may be chosen; null: none.</param>
    /// <returns>What else could answer, as <see cref="AskAsync(string, RecommendRequest, CancellationToken)"/> takes it, with its
    /// name.</returns>
    public static IReadOnlyList<(string Value, string Name)> Choices(
        LiveView view, SnapshotShelf shelf, string? served, ExperimentSet? experiments = null) =>
    [
        .. experiments?.Running.Count > 0 ? ((string, string)[])[(Usual, "the answer without experiments")] : [],
        .. view.Scenarios.Keys.Order(StringComparer.Ordinal).Select(name => ($"{Named}{name}", $"scenario {name}")),
        .. from experiment in experiments?.Running ?? []
            from arm in experiment.Setup.Experiment.Arms
            where !experiment.Setup.TreatmentOf(arm.Name).IsNone
            select ($"{Dealt}{experiment.Name}/{arm.Name}", $"arm {arm.Name} of {experiment.Name}"),
        .. shelf.All.Where(snapshot => snapshot.Id != served).Take(MostSnapshots)
            .Select(snapshot => ($"{Kept}{snapshot.Id}", snapshot.Id)),
    ];

    /// <param name="with">"usual", "scenario:NAME", "snapshot:ID" or "arm:EXPERIMENT/ARM".</param>
    /// <exception cref="InputException">There is no such thing.</exception>
    public async Task<Recommendation> AskAsync(string with, RecommendRequest request, CancellationToken cancellation)
    {
        if (with == Usual) return await new LiveRecommender(live, clock).RecommendAsync(request, cancellation);
        if (with.StartsWith(Named, StringComparison.Ordinal))
            return await new LiveRecommender(live, clock).RecommendAsync(request with { Scenario = with[Named.Length..] }, cancellation);
        if (with.StartsWith(Dealt, StringComparison.Ordinal))
            return await answers.AnswerAsync(
                request with { Key = LiveRecommender.KeyOf(request.UserId) }, TreatmentOf(with[Dealt.Length..]), false, cancellation);
        if (!with.StartsWith(Kept, StringComparison.Ordinal))
            throw new InputException(
                $"'{PlainText.Shorten(with)}' is neither usual nor scenario:NAME nor snapshot:ID nor arm:EXPERIMENT/ARM.");
        string path = shelf.Find(with[Kept.Length..]).Path;
        using var snapshot = await Task.Run(() => Snapshot.Open(path, options.Trainers), cancellation);
        return await Recommender.From(snapshot).RecommendAsync(await WithLaterEvents(request, snapshot, cancellation), cancellation);
    }

    /// <summary>By a scenario that is not in use, of the snapshot that answers.</summary>
    /// <exception cref="InputException">There is no snapshot, or it does not have what the scenario asks for.</exception>
    public async Task<Recommendation> AskAsync(
        string name, PipelineConfig scenario, RecommendRequest request, CancellationToken cancellation)
    {
        using var lease = snapshots.TryAcquire();
        if (lease?.Snapshot is not { } snapshot) throw new InputException("No model is trained yet, so there is nothing to try it with.");
        var recommender = Recommender.From(snapshot.Interactions, Scenarios.Bind(name, scenario, snapshot), name);
        return await recommender.RecommendAsync(await WithLaterEvents(request, snapshot, cancellation), cancellation);
    }

    private Treatment TreatmentOf(string arm)
    {
        string[] names = arm.Split('/', 2);
        var experiment = experiments.Current.Running.FirstOrDefault(running => running.Name == names[0]);
        return experiment?.Setup.Experiment.Arms.FirstOrDefault(one => names is [_, var named] && one.Name == named) is { } known
            ? experiment.TreatmentOf(known.Name)
            : throw new InputException($"No running experiment has the arm '{PlainText.Shorten(arm)}'.");
    }

    /// <summary>What a snapshot has not learned of the user comes after what it stores.</summary>
    private async Task<RecommendRequest> WithLaterEvents(RecommendRequest request, Snapshot snapshot, CancellationToken cancellation)
    {
        if (request.UserId is not { } user) return request;
        var later = await live.Store.Events.HistoryAsync(
            user, live.Settings.HistoryEvents, snapshot.Manifest.Sequence ?? 0, cancellationToken: cancellation);
        var now = clock.GetUtcNow();
        var wanted = later.Select(e => (Event: e, Weight: (float)live.Events.WeightOf(e.Type, e.Time, now))).Where(e => e.Weight > 0);
        return request with
        {
            History = [.. wanted.Select(e => new HistoryEvent(e.Event.ItemId, e.Weight, e.Event.Time)), .. request.History],
            Deny = [.. request.Deny, .. later.Where(e => live.Events.IsNegative(e.Type)).Select(e => e.ItemId)],
        };
    }
}
