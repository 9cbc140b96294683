using System.Diagnostics;
using Kindred.ExposureContracts;
using Kindred.Server.Live;
using Kindred.Store;

namespace Kindred.Server.ExposureContracts;

/// <summary>
/// Learns how items are clicked, and keeps in the store what that lets expect of items under contract: in a shop that just began to count
/// clicks, the rate of its first minutes is the rate of nothing.
/// </summary>
internal sealed class ContractPriors(IStore store, ContractBook book, ContractLog answers, LiveState live, TimeProvider clock)
{
    private const int Neighbours = 20;

    /// <summary>The newest contracts say what to expect of new items.</summary>
    private const int MostRecent = 10_000;

    /// <summary>What is expected is kept anew where it changed by such a part.</summary>
    private const double LeastChange = .02;

    /// <summary>Of each round: to look for items that are like so many others takes longer.</summary>
    private static readonly TimeSpan ExpectTime = TimeSpan.FromMilliseconds(20);

    private readonly Queue<RunningContract> _toExpect = [];
    private ItemAppeals? _expectedBy; // what running contracts are expected to bring was last computed from

    /// <summary>Learns how items are clicked.</summary>
    public async Task LearnAsync(EventSettings events, CancellationToken cancellation)
    {
        var appeals = await Task.Run(() => answers.AppealsAsync(events, clock.GetUtcNow(), cancellation), cancellation);
        var recent = await store.Contracts.ListAsync(DateTimeOffset.UnixEpoch, MostRecent, cancellationToken: cancellation);
        book.Learn(appeals, appeals.RateOf(recent.Sum(contract => contract.Clicks), recent.Sum(contract => contract.Examined)));
    }

    /// <summary>Says what to expect of items under contract, for some time: those first of which nobody said anything yet.</summary>
    public async Task ExpectAsync(CancellationToken cancellation)
    {
        if (!book.Appeals.IsKnown) return; // what others know counts more
        long start = Stopwatch.GetTimestamp();
        var running = book.Running;
        if (_toExpect.Count == 0 && !ReferenceEquals(_expectedBy, book.Appeals))
        {
            _expectedBy = book.Appeals;
            foreach (var contract in running) if (contract.Stored.Prior is not null) _toExpect.Enqueue(contract);
        }
        var unexpected = new Queue<RunningContract>(running.Where(contract => contract.Stored.Prior is null));
        var priors = new Dictionary<RunningContract, AppealPrior>();
        while (Stopwatch.GetElapsedTime(start) < ExpectTime
            && (unexpected.TryDequeue(out var contract) || _toExpect.TryDequeue(out contract)))
            if (ChangedPriorOf(contract) is { } prior) priors[contract] = prior;
        await KeepAsync(priors, cancellation);
    }

    /// <returns>Whether something else is expected of the item than before.</returns>
    public async Task<bool> ExpectAnewAsync(RunningContract contract, CancellationToken cancellation)
    {
        if (ChangedPriorOf(contract) is not { } prior) return false;
        await KeepAsync(new() { [contract] = prior }, cancellation);
        return true;
    }

    private async Task KeepAsync(Dictionary<RunningContract, AppealPrior> priors, CancellationToken cancellation)
    {
        await store.Contracts.ExpectAsync(
            priors.ToDictionary(prior => prior.Key.Stored.Number, prior => prior.Value), cancellation);
        foreach (var (contract, prior) in priors) book.Expect(contract, prior);
    }

    /// <returns>Null: about the same as before.</returns>
    private AppealPrior? ChangedPriorOf(RunningContract contract)
    {
        var prior = PriorOf(contract.Stored.ItemId);
        static bool IsClose(double one, double other) => Math.Abs(one - other) < LeastChange * other;
        return contract.Stored.Prior is { } kept && IsClose(prior.Rate, kept.Rate) && IsClose(prior.Strength, kept.Strength) ? null : prior;
    }

    /// <summary>What items that are like it let expect: by their embeddings, or by what they have in common.</summary>
    private AppealPrior PriorOf(string itemId)
    {
        var fallback = book.NewItem;
        using var view = live.Acquire();
        var served = view.Served;
        if (!served.Interactions.Items.TryGetIndex(itemId, out int item) || served.WithoutSimilarity is not null
            || served.StandInFor is not { } standIn || item < view.Known || standIn(item) is not { } place) return fallback;
        (string, double)[] similar = place.Embedding.Span.ContainsAnyExcept(0)
            ? [.. served.SimilarItems().Find(place, Neighbours).Select(near => (
                served.Interactions.Items.Id(near.Item), (double)Math.Max(0, near.Score)))]
            : [.. place.Items.ToArray().Zip(
                place.Shares.ToArray(), (known, share) => (served.Interactions.Items.Id(known), (double)share))];
        return book.Appeals.PriorFrom(similar, fallback.Rate);
    }
}
