using System.Collections.Frozen;
using Kindred.Numerics;
using Kindred.Store;

namespace Kindred.Server.Live;

/// <summary>
/// What answers now: a snapshot with the items that came later, or what there is before the first snapshot. Swapped whole, except for what
/// takes effect with the next request: exclusions and forgotten users.
/// </summary>
internal sealed class LiveView : IDisposable
{
    private readonly IDisposable? _hold; // of the snapshot
    private readonly Lock _gate = new();
    private int _leases = 1; // its owner's

    /// <param name="tail">What the snapshot has not learned.</param>
    /// <param name="hold">Keeps the snapshot open; null: there is none.</param>
    public LiveView(Served served, Tail tail, IDisposable? hold) => (Served, Tail, _hold) = (served, tail, hold);

    /// <summary>Answers requests that name no scenario.</summary>
    public Served Served { get; }

    /// <summary>By name: what answers, or why nothing does.</summary>
    public IReadOnlyDictionary<string, (Served? Served, string? Problem)> Scenarios { get; init; } =
        new Dictionary<string, (Served?, string?)>();

    public Tail Tail { get; }

    /// <summary>Items that models know; those behind them are new.</summary>
    public int Known { get; init; }

    /// <summary>When the weights of the stored histories were those of events of now: at their newest event.</summary>
    public DateTimeOffset WeightsAsOf => Served.Interactions.Histories is { HasTimes: true, Count: > 0 } histories
        ? DateTimeOffset.FromUnixTimeSeconds(histories.Newest) : DateTimeOffset.MaxValue; // no time, no age

    /// <summary>Why the answer is not a model's, whoever asks; null: it is.</summary>
    public string? Reason { get; init; }

    /// <summary>The attribute of users that the answers depend on; null: none.</summary>
    public string? Segment { get; init; }

    /// <summary>[items] What may be recommended; null: everything.</summary>
    public BitSet? Allowed { get; set; }

    /// <summary>Hashes of the users that were forgotten after the snapshot was made.</summary>
    public FrozenSet<string> ForgottenUsers { get; set; } = [];

    /// <exception cref="UnknownScenarioException">There is no such scenario.</exception>
    /// <exception cref="InputException">The snapshot does not have what the scenario needs.</exception>
    public Served ServedFor(string? scenario) => scenario is null ? Served
        : Scenarios.TryGetValue(scenario, out var found) ? found.Served ?? throw new InputException(found.Problem!)
        : throw new UnknownScenarioException(scenario, [.. Scenarios.Keys.Order(StringComparer.Ordinal)]);

    /// <returns>False: it is hidden or deleted.</returns>
    public bool MayShow(string itemId) =>
        Allowed is not { } allowed || !Served.Interactions.Items.TryGetIndex(itemId, out int item) || allowed.Contains(item);

    /// <summary>Whether the snapshot's history of a user counts.</summary>
    public bool Knows(string userId, out int user)
    {
        if (Served.Interactions.Users.TryGetIndex(userId, out user)
            && (ForgottenUsers.Count == 0 || !ForgottenUsers.Contains(IdHash.From(userId)))) return true;
        user = -1;
        return false;
    }

    /// <returns>False if it is closed: another one is in its place.</returns>
    public bool TryLease()
    {
        lock (_gate)
        {
            if (_leases == 0) return false;
            _leases++;
            return true;
        }
    }

    /// <summary>Ends a lease, or the owner's.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (--_leases > 0) return;
        }
        _hold?.Dispose();
    }
}
