using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// A tree of questions: each node asks about a card and sends users who like it, dislike it and do not know it three ways.
/// N. Golbandi, Y. Koren, R. Lempel, "Adaptive Bootstrapping of Recommender Systems Using Decision Trees", WSDM 2011.
/// </summary>
/// <remarks>
/// A node asks about the card whose split leaves the smallest squared error of the profiles, the share of the group's users who like each
/// card: with s likes of a card among the n users of a group, the error is Σ groups Σ cards (s − s²/n). The sums of those who do not know
/// the card, mostly nearly all, are what the others leave of the parent's, as in the paper. A leaf's profile is smoothed by its parent's:
/// p = (s + m·p(parent)) / (n + m).
/// Departure: the profile is of likes, not of values of ratings, as lists are wanted, not predicted ratings. Cost of a level: Σ users
/// answers².
/// </remarks>
internal sealed class BootstrappingTree : ICardChooser
{
    private const double Smoothing = 20; // users; m

    private readonly CardPool _pool;
    private readonly Node _root;

    /// <param name="depth">Most questions on a way to a leaf.</param>
    /// <param name="fewestUsers">A group of fewer is asked no more.</param>
    public BootstrappingTree(CardPool pool, int depth = 8, int fewestUsers = 20)
    {
        _pool = pool;
        _root = Grow([.. Enumerable.Range(0, pool.Users)], depth, fewestUsers, new double[pool.Cards], new bool[pool.Cards]);
    }

    /// <summary>The card that is asked about first; −1: there are too few users for a question.</summary>
    public int First => _root.Card;

    /// <summary>
    /// Cards for who gave these answers, as if the user knew none of them: where the answers lead, and on by the way of the unknown. A card
    /// that was dismissed counts as unknown, as people pick what they like and say nothing of the rest. After the last question, the cards
    /// that most users of the leaf like.
    /// </summary>
    public ICardOrder Start(CardAnswers answers)
    {
        var node = _root;
        while (node.Card >= 0 && answers.Has(node.Card)) node = answers.Picked.Contains(node.Card) ? node.Like! : node.Unknown!;
        return new Order(node);
    }

    /// <returns>[cards] The share of users who like each, among those who answered alike.</returns>
    public ReadOnlySpan<double> ProfileFor(CardAnswers answers)
    {
        var node = _root;
        while (node.Card >= 0 && answers.Has(node.Card)) node = answers.Picked.Contains(node.Card) ? node.Like! : node.Unknown!;
        return node.Profile;
    }

    /// <returns>The group that an answer of 1, −1 or 0 leads to.</returns>
    internal static (int[] Like, int[] Dislike, int[] Unknown) Split(CardPool pool, int[] users, int card)
    {
        var groups = users.ToLookup(user => AnswerOf(pool, user, card));
        return ([.. groups[1]], [.. groups[-1]], [.. groups[0]]);
    }

    private Node Grow(int[] users, int depth, int fewestUsers, double[] parent, bool[] asked)
    {
        double[] sums = new double[_pool.Cards];
        foreach (int user in users) AddLikes(user, sums);
        double[] profile = [.. sums.Zip(parent, (sum, p) => (sum + (Smoothing * p)) / (users.Length + Smoothing))];
        int card = depth == 0 || users.Length < fewestUsers ? -1 : BestSplit(users, sums, asked);
        if (card < 0) return new(-1, profile, null, null, null);
        var (like, dislike, unknown) = Split(_pool, users, card);
        asked[card] = true;
        Node Child(int[] group) => Grow(group, depth - 1, fewestUsers, profile, asked);
        var node = new Node(card, profile, Child(like), Child(dislike), Child(unknown));
        asked[card] = false;
        return node;
    }

    /// <summary>The least error is the greatest Σ groups Σ cards s²/n, as Σ s is the same for all splits.</summary>
    private int BestSplit(int[] users, double[] all, bool[] asked)
    {
        int cards = _pool.Cards;
        var byCard = new List<int>[2][]; // of those who like, of those who dislike
        for (int side = 0; side < 2; side++) byCard[side] = [.. Enumerable.Range(0, cards).Select(_ => new List<int>())];
        foreach (int user in users)
        {
            var row = _pool.Answers.Row(user);
            for (int n = 0; n < row.Length; n++) byCard[row.Values[n] > 0 ? 0 : 1][row.Columns[n]].Add(user);
        }
        double[] gains = new double[cards];
        Blocks.ForEach(
            cards, 1, Environment.ProcessorCount, () => (Group: new double[cards], Left: new double[cards]),
            (card, _, _, sums) => gains[card] = asked[card] ? double.NegativeInfinity
                : GainOf(byCard[0][card], byCard[1][card], users.Length, all, sums),
            CancellationToken.None);
        int best = -1;
        double most = 1e-9;
        foreach (double sum in all) most += sum * sum / users.Length; // what asking nothing leaves
        for (int card = 0; card < cards; card++) if (gains[card] > most) (best, most) = (card, gains[card]);
        return best;
    }

    /// <param name="all">[cards] Sums of all users of the node.</param>
    private double GainOf(List<int> likers, List<int> dislikers, int users, double[] all, (double[] Group, double[] Left) sums)
    {
        if (likers.Count == 0 || likers.Count == users) return double.NegativeInfinity;
        var (group, rest) = sums;
        all.CopyTo(rest, 0);
        double gain = 0;
        foreach (var side in (List<int>[])[likers, dislikers])
        {
            if (side.Count == 0) continue;
            Array.Clear(group);
            foreach (int user in side) AddLikes(user, group);
            for (int card = 0; card < group.Length; card++)
            {
                gain += group[card] * group[card] / side.Count;
                rest[card] -= group[card];
            }
        }
        int unknown = users - likers.Count - dislikers.Count;
        if (unknown > 0) foreach (double sum in rest) gain += sum * sum / unknown;
        return gain;
    }

    private void AddLikes(int user, double[] sums)
    {
        var row = _pool.Answers.Row(user);
        for (int n = 0; n < row.Length; n++) if (row.Values[n] > 0) sums[row.Columns[n]]++;
    }

    private static int AnswerOf(CardPool pool, int user, int card)
    {
        var row = pool.Answers.Row(user);
        int place = row.Columns.BinarySearch(card);
        return place < 0 ? 0 : Math.Sign(row.Values[place]);
    }

    /// <param name="Card">Asked about; −1: a leaf.</param>
    /// <param name="Profile">[cards]</param>
    private sealed record Node(int Card, double[] Profile, Node? Like, Node? Dislike, Node? Unknown);

    private sealed class Order(Node node) : ICardOrder
    {
        private Node _node = node;

        public (int Card, double Gain) Next(ReadOnlySpan<bool> allowed)
        {
            while (_node.Card >= 0)
            {
                var asking = _node;
                _node = asking.Unknown!;
                if (allowed[asking.Card]) return (asking.Card, asking.Profile[asking.Card]);
            }
            int best = -1;
            for (int card = 0; card < allowed.Length; card++)
                if (allowed[card] && (best < 0 || _node.Profile[card] > _node.Profile[best])) best = card;
            return best < 0 ? (-1, 0) : (best, _node.Profile[best]);
        }
    }
}
