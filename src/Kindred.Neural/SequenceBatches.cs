using Kindred.Data;
using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>Sequences of about the same length, filled up to the longest. Each array is in row order.</summary>
/// <param name="Items">[sequences, length]; 0 where it is filled up.</param>
/// <param name="Positions">[sequences, length]: the last item of each sequence is at the last place, L − 1.</param>
/// <param name="Places">[targets]: where in [sequences · length] something is asked for.</param>
/// <param name="Answers">[targets]: the right item.</param>
/// <param name="Negatives">[targets, negatives] where every target has its own, else [negatives].</param>
internal sealed record SequenceShard(
    int Sequences, int Length, long[] Items, long[] Positions, long[] Places, long[] Answers, long[] Negatives)
    : Shard(Places.Length, Sequences * Length);

/// <summary>The most recent items of each user, cut into batches and shards.</summary>
internal sealed class SequenceBatches
{
    // Positions of a shard at most: what is computed for them at 64 dimensions stays in the second level of the cache.
    private const int ShardTokens = 4096;

    private const int Tries = 20;

    private readonly Interactions _interactions;
    private readonly int _historyLength, _negativeCount;
    private readonly bool _ownNegatives;
    private readonly int[] _users; // [examples]

    /// <param name="ownNegatives">Every target has its own negatives, which are not among its user's items; false: those of a shard share theirs.</param>
    public SequenceBatches(Interactions interactions, int historyLength, int negativeCount, bool ownNegatives)
    {
        (_interactions, _historyLength, _negativeCount, _ownNegatives) = (interactions, historyLength, negativeCount, ownNegatives);
        _users = [.. Enumerable.Range(0, interactions.Users.Count).Where(user => interactions.Histories.ItemsOf(user).Length > 1)];
        var touched = new bool[interactions.Items.Count];
        foreach (int item in interactions.Histories.Items.Span) touched[item] = true;
        Touched = [.. Enumerable.Range(0, touched.Length).Where(item => touched[item])];
    }

    public int Count => _users.Length;

    /// <summary>Items that somebody touched, ascending.</summary>
    public int[] Touched { get; }

    /// <returns>For every item of a sequence but the last: which one came next?</returns>
    /// <param name="examples">[batch]</param>
    public IReadOnlyList<SequenceShard> NextItems(ReadOnlySpan<int> examples, Rng rng)
    {
        var shards = new List<SequenceShard>();
        int[] users = [.. examples.ToArray().Select(example => _users[example]).OrderByDescending(LengthOf)];
        for (int first = 0; first < users.Length;)
        {
            int length = LengthOf(users[first]), end = Math.Min(users.Length, first + Math.Max(1, ShardTokens / length));
            shards.Add(ShardOf(users.AsSpan(first, end - first), length, rng));
            first = end;
        }
        return shards;
    }

    // of the items that something is asked after
    private int LengthOf(int user) => Math.Min(_historyLength, _interactions.Histories.ItemsOf(user).Length - 1);

    private SequenceShard ShardOf(ReadOnlySpan<int> users, int length, Rng rng)
    {
        long[] items = new long[users.Length * length], positions = new long[users.Length * length];
        List<long> places = [], answers = [], negatives = [];
        for (int row = 0; row < users.Length; row++)
        {
            int own = LengthOf(users[row]), start = row * length;
            var window = _interactions.Histories.ItemsOf(users[row]).Span[^(own + 1)..];
            for (int n = 0; n < own; n++)
            {
                (items[start + n], positions[start + n]) = (window[n], _historyLength - own + n);
                places.Add(start + n);
                answers.Add(window[n + 1]);
                if (_ownNegatives) for (int k = 0; k < _negativeCount; k++) negatives.Add(NotOf(users[row], rng));
            }
        }
        if (!_ownNegatives) for (int k = 0; k < _negativeCount; k++) negatives.Add(Touched[rng.NextInt(Touched.Length)]);
        return new(users.Length, length, items, positions, [.. places], [.. answers], [.. negatives]);
    }

    // an item the user did not have, if one is found soon
    private int NotOf(int user, Rng rng)
    {
        var had = _interactions.ByUser.Row(user).Columns;
        int item = Touched[rng.NextInt(Touched.Length)];
        for (int n = 1; n < Tries && had.BinarySearch(item) >= 0; n++) item = Touched[rng.NextInt(Touched.Length)];
        return item;
    }
}
