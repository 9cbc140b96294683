using Kindred.Numerics;

namespace Kindred.Neural;

/// <summary>Sequences of about the same length, filled up to the longest. Each array is in row order.</summary>
/// <param name="Items">[sequences, length]; 0 where it is filled up.</param>
/// <param name="Positions">[sequences, length]: the last item of each sequence is at the last place, L − 1; −1 where it is filled
/// up.</param>
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
    private readonly int _historyLength;
    private readonly Objective _objective;
    private readonly int[] _users; // [examples]

    public SequenceBatches(Interactions interactions, int historyLength, Objective objective)
    {
        (_interactions, _historyLength, _objective) = (interactions, historyLength, objective);
        _users = [.. Enumerable.Range(0, interactions.Users.Count).Where(user => interactions.Histories.ItemsOf(user).Length > 1)];
        var touched = new bool[interactions.Items.Count];
        foreach (int item in interactions.Histories.Items.Span) touched[item] = true;
        Touched = [.. Enumerable.Range(0, touched.Length).Where(item => touched[item])];
    }

    /// <summary>Users with at least two events.</summary>
    public int Count => _users.Length;

    /// <summary>Items that a user touched, ascending.</summary>
    public int[] Touched { get; }

    /// <returns>[≤ count]: the last items of a user.</returns>
    public ReadOnlySpan<int> Last(int user, int count)
    {
        var history = _interactions.Histories.ItemsOf(user).Span;
        return history[^Math.Min(count, history.Length)..];
    }

    /// <summary>Asks every sequence, and groups sequences of about the same length.</summary>
    /// <param name="examples">[batch]</param>
    public IReadOnlyList<SequenceShard> Shards(ReadOnlySpan<int> examples, ISequenceQuestions questions, Rng rng)
    {
        var asked = new List<Asked>();
        foreach (int example in examples)
        {
            List<int> places = [], answers = [];
            var items = questions.Ask(_users[example], rng, places, answers);
            asked.Add(new(_users[example], items.ToArray(), places, answers));
        }
        var shards = new List<SequenceShard>();
        Asked[] sorted = [.. asked.OrderByDescending(a => a.Items.Length)];
        for (int first = 0; first < sorted.Length;)
        {
            int length = sorted[first].Items.Length, end = Math.Min(sorted.Length, first + Math.Max(1, ShardTokens / length));
            shards.Add(ShardOf(sorted.AsSpan(first, end - first), length, rng));
            first = end;
        }
        return shards;
    }

    private sealed record Asked(int User, long[] Items, List<int> Places, List<int> Answers);

    private SequenceShard ShardOf(ReadOnlySpan<Asked> sequences, int length, Rng rng)
    {
        long[] items = new long[sequences.Length * length], positions = new long[sequences.Length * length];
        Array.Fill(positions, -1);
        List<long> places = [], answers = [], negatives = [];
        for (int row = 0; row < sequences.Length; row++)
        {
            var asked = sequences[row];
            int start = row * length;
            asked.Items.CopyTo(items, start);
            for (int n = 0; n < asked.Items.Length; n++) positions[start + n] = _historyLength - asked.Items.Length + n;
            for (int n = 0; n < asked.Places.Count; n++)
            {
                places.Add(start + asked.Places[n]);
                answers.Add(asked.Answers[n]);
                if (_objective.HasOwnNegatives) for (int k = 0; k < _objective.NegativeCount; k++) negatives.Add(NotOf(asked.User, rng));
            }
        }
        if (!_objective.HasOwnNegatives)
            for (int k = 0; k < _objective.NegativeCount; k++) negatives.Add(Touched[rng.NextInt(Touched.Length)]);
        return new(sequences.Length, length, items, positions, [.. places], [.. answers], [.. negatives]);
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

/// <summary>After every item of the last L + 1 but the last one: which one came next?</summary>
internal sealed class NextItems(SequenceBatches batches, int historyLength) : ISequenceQuestions
{
    public SequenceBatches Batches => batches;

    public ReadOnlySpan<long> Ask(int user, Rng rng, List<int> places, List<int> answers)
    {
        var window = batches.Last(user, historyLength + 1);
        var items = new long[window.Length - 1];
        for (int n = 0; n < items.Length; n++)
        {
            items[n] = window[n];
            places.Add(n);
            answers.Add(window[n + 1]);
        }
        return items;
    }
}

/// <summary>Of the last L items some are hidden: which ones were there?</summary>
/// <param name="hidden">The item that stands for a hidden one.</param>
/// <param name="share">Of the items, on average; one at least is hidden.</param>
/// <param name="lastShare">Of the sequences whose last item alone is hidden, which is what will be asked when the model is used.</param>
internal sealed class HiddenItems(SequenceBatches batches, int historyLength, int hidden, float share, float lastShare) : ISequenceQuestions
{
    public SequenceBatches Batches => batches;

    public ReadOnlySpan<long> Ask(int user, Rng rng, List<int> places, List<int> answers)
    {
        var window = batches.Last(user, historyLength);
        var items = new long[window.Length];
        int last = items.Length - 1;
        bool onlyLast = rng.NextFloat() < lastShare;
        int always = onlyLast ? last : rng.NextInt(items.Length);
        for (int n = 0; n < items.Length; n++)
        {
            bool hides = n == always || (!onlyLast && rng.NextFloat() < share);
            items[n] = hides ? hidden : window[n];
            if (!hides) continue;
            places.Add(n);
            answers.Add(window[n]);
        }
        return items;
    }
}
