using Kindred.Server.Live;
using Kindred.Server.Renewal;
using Kindred.Snapshots;
using Kindred.Store;

namespace Kindred.Server.Dashboard;

/// <summary>What would be answered by something else than what is served: a scenario, or a snapshot of the folder.</summary>
internal sealed class OtherAnswers(LiveState live, SnapshotShelf shelf, LivingOptions options, TimeProvider clock)
{
    private const string Scenario = "scenario:", Kept = "snapshot:";

    /// <param name="with">"scenario:NAME" or "snapshot:ID".</param>
    /// <exception cref="InputException">There is no such thing.</exception>
    public async Task<Recommendation> AskAsync(string with, RecommendRequest request, CancellationToken cancellation)
    {
        if (with.StartsWith(Scenario, StringComparison.Ordinal))
            return await new LiveRecommender(live, clock).RecommendAsync(request with { Scenario = with[Scenario.Length..] }, cancellation);
        if (!with.StartsWith(Kept, StringComparison.Ordinal))
            throw new InputException($"'{PlainText.Shorten(with)}' is neither scenario:NAME nor snapshot:ID.");
        string path = shelf.Find(with[Kept.Length..]).Path;
        using var snapshot = await Task.Run(() => Snapshot.Open(path, options.Trainers), cancellation);
        // what it has not learned of the user comes after what it stores
        var later = request.UserId is { } user ? await live.Store.Events.HistoryAsync(
            user, live.Settings.HistoryEvents, snapshot.Manifest.Sequence ?? 0, cancellationToken: cancellation) : [];
        var now = clock.GetUtcNow();
        var wanted = later.Select(e => (Event: e, Weight: (float)live.Events.WeightOf(e.Type, e.Time, now))).Where(e => e.Weight > 0);
        return await Recommender.From(snapshot).RecommendAsync(request with
        {
            History = [.. wanted.Select(e => new HistoryEvent(e.Event.ItemId, e.Weight, e.Event.Time)), .. request.History],
            Deny = [.. request.Deny, .. later.Where(e => live.Events.IsNegative(e.Type)).Select(e => e.ItemId)],
        }, cancellation);
    }
}
