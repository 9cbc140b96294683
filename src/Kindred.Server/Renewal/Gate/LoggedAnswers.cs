using Kindred.OffPolicy;
using Kindred.Pipelines;
using Kindred.Server.Experiments;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Renewal.Gate;

/// <summary>Something that could answer instead, and up to when it has learned what people did.</summary>
/// <param name="Recommender">Without stages that draw at random.</param>
internal sealed record OtherPolicy(string Name, Recommender Recommender, DateTimeOffset Learned)
{
    /// <exception cref="InputException">Its data do not say when things happened.</exception>
    public static OtherPolicy Of(Snapshot snapshot) => Of(snapshot.Manifest.Id, snapshot.Interactions, snapshot.Pipeline);

    /// <param name="data">What the pipeline has learned from.</param>
    /// <exception cref="InputException">The data do not say when things happened.</exception>
    public static OtherPolicy Of(string name, Interactions data, Pipeline pipeline)
    {
        if (!data.Histories.HasTimes)
            throw new InputException($"{name} has learned from events without times, so nobody knows which answers it has not seen.");
        Stage[] stages = [.. pipeline.Stages.Where(stage => !stage.Action.IsRandom)];
        var plain = new Pipeline(pipeline.Steps, stages); // without a budget: nobody waits
        return new(name, Recommender.From(data, plain, name), DateTimeOffset.FromUnixTimeSeconds(data.Histories.Newest + 1));
    }
}

/// <summary>
/// What a living server answered, with which probabilities, and what came of it: decisions by which another policy can be judged.
/// </summary>
/// <remarks>
/// A decision is a place of an answer to a known user, of which the propensity given the items above it was logged. Its reward is
/// 1 if an event of that item came of the answer (<see cref="AttributionQuery"/>), 0 otherwise. Memory: the answers and events of the time.
/// </remarks>
internal sealed class LoggedAnswers
{
    private const int Page = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromHours(24);

    private readonly List<Exposure> _answers;
    private readonly HashSet<(string Request, int Position)> _rewarded;
    private readonly Dictionary<string, List<StoredEvent>> _events;
    private readonly int _places;

    private LoggedAnswers(
        List<Exposure> answers, HashSet<(string, int)> rewarded, Dictionary<string, List<StoredEvent>> events, int places) =>
        (_answers, _rewarded, _events, _places) = (answers, rewarded, events, places);

    /// <summary>Answers of the usual pipeline to known users, without those of other arms of experiments.</summary>
    public int Count => _answers.Count;

    /// <summary>Whether they are all that were asked for; otherwise they are the newest.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>When the last of them was given.</summary>
    public DateTimeOffset Last => _answers.Max(answer => answer.Time);

    /// <summary>Of their places, those that were filled at random.</summary>
    public int Random => _answers.Sum(answer => answer.Items.Take(_places).Count(item => item.Propensity < 1));

    /// <returns>Whether the first place of any answer was filled at random.</returns>
    public static bool HasRandom(LivingFolder folder, DateTimeOffset from) => ExposureLog.BlocksOf(folder.Exposures, from)
        .SelectMany(block => block.Exposures)
        .Any(answer => answer.Time >= from && answer.Items is [{ Propensity: < 1 }, ..]);

    /// <param name="from">Answers from here on are read.</param>
    /// <param name="learned">Events from here on are read too: what policies have not learned yet.</param>
    /// <param name="asked">Which places and events count, and how many answers.</param>
    public static async Task<LoggedAnswers> ReadAsync(
        LivingFolder folder, IStore store, DateTimeOffset from, DateTimeOffset learned, LoggedQuestion asked,
        CancellationToken cancellation)
    {
        var controls = (await ExperimentList.ReadAsync(store, cancellation)).Experiments
            .ToDictionary(experiment => experiment.Name, experiment => experiment.Control);
        int all = 0;
        bool IsAskedFor(Exposure answer)
        {
            if (answer.Time < from || answer is not { UserId: not null, Scenario: null, Items.Count: > 0 }
                || answer.Arms.Any(arm => controls.GetValueOrDefault(arm.Experiment) != arm.Arm)) return false;
            all++;
            return true;
        }
        List<Exposure> answers = [.. ExposureLog.BlocksOf(folder.Exposures, from).SelectMany(block => block.Exposures)
            .Where(IsAskedFor).TakeLast(asked.MostAnswers)];
        if (answers.Count < all && answers.Min(answer => answer.Time) is var oldest && oldest > from) from = oldest;
        var settings = await EventSettings.ReadAsync(store, cancellation);
        var earliest = from < learned ? from : learned;
        List<StoredEvent> events = [];
        // events of a time were received since then, but for what clocks differ by
        long first = await EventsSince.FindAsync(store.Events, earliest.AddDays(-1), cancellation);
        for (long after = first; await store.Events.AfterAsync(after, Page, cancellation) is { Count: > 0 } page; after = page[^1].Sequence)
            events.AddRange(page.Where(e => e.Time >= earliest && settings.WeightOf(e.Type, e.Time, e.Time) > 0));
        StoredEvent[] successes = [.. events.Where(e => asked.Event is null || e.Type == asked.Event)];
        var rewarded = new HashSet<(string, int)>();
        if (successes.Length > 0 && answers.Count > 0)
        {
            var query = new AttributionQuery(successes, Window);
            foreach (var block in ExposureLog.BlocksOf(folder.Exposures, from))
            {
                cancellation.ThrowIfCancellationRequested();
                query.Look(block);
            }
            foreach (var found in query.Results)
                if (found is { Exposure: { } exposure, Item: { } item }) rewarded.Add((exposure.RequestId, item.Position));
        }
        var byOwner = events.GroupBy(e => e.Owner).ToDictionary(own => own.Key, own => own.OrderBy(e => e.Time).ToList());
        return new(answers, rewarded, byOwner, asked.Places) { IsWhole = answers.Count == all };
    }

    /// <summary>What the policy would have earned by the answers that it knows nothing of.</summary>
    /// <exception cref="InputException">There are none.</exception>
    public OffPolicyReport Judge(OtherPolicy policy, CancellationToken cancellation)
    {
        var decisions = new List<LoggedDecision>();
        var probabilities = new List<double>();
        foreach (var answer in _answers)
        {
            cancellation.ThrowIfCancellationRequested();
            if (answer.Time < policy.Learned) continue;
            string[] would = [.. policy.Recommender.Recommend(new()
            {
                UserId = answer.UserId,
                History = HistoryOf(answer, policy.Learned),
                Count = _places,
                Context = new() { Time = answer.Time },
            }, cancellation).Items.Select(item => item.ItemId)];
            for (int place = 0; place < Math.Min(_places, answer.Items.Count); place++)
            {
                var shown = answer.Items[place];
                decisions.Add(new(shown.ItemId, _rewarded.Contains((answer.RequestId, shown.Position)) ? 1 : 0, shown.Propensity)
                {
                    User = answer.UserId,
                    List = _places > 1 ? answer.RequestId : null,
                    Position = place,
                    Time = answer.Time,
                });
                // as the log's propensities: given the items above
                string? next = would.FirstOrDefault(id => answer.Items.Take(place).All(above => above.ItemId != id));
                probabilities.Add(next == shown.ItemId ? 1 : 0);
            }
        }
        if (decisions.Count == 0)
            throw new InputException($"No answer to a known user was logged since {policy.Learned:yyyy-MM-dd HH:mm} UTC, up to which "
                + $"{policy.Name} has learned: of earlier ones it knows what came of them. Judge an older snapshot, or wait.");
        var log = BanditLog.From(decisions);
        return OffPolicyEvaluation.Evaluate(log, TargetPolicy.FromChosen(policy.Name, log, probabilities), cancellation);
    }

    /// <summary>What the user did since the policy learned, and before the answer.</summary>
    private List<HistoryEvent> HistoryOf(Exposure answer, DateTimeOffset learned) =>
        !_events.TryGetValue(answer.UserId!, out var events) ? []
        :
        [
            .. events.SkipWhile(e => e.Time < learned).TakeWhile(e => e.Time < answer.Time)
                .Select(e => new HistoryEvent(e.ItemId, 1, e.Time)),
        ];
}
