using CsCheck;
using Kindred.Numerics;
using Kindred.Onboarding;

namespace Kindred.Tests.Onboarding;

/// <summary>Which cards are chosen, on a few users whose answers can be counted by hand.</summary>
public sealed class CardChooserTests
{
    // six users; cards by likes: a 4, b 3, c 3, d 2. c and d are the taste of the last three, a and b of the first three.
    private static readonly string[] Users = ["ab", "ab", "ab", "acd", "cd", "c"];

    [Fact]
    public void Popular_cards_are_in_the_order_of_likes()
    {
        var pool = PoolOf(Users);
        Assert.Equal([4 / 6.0, 3 / 6.0, 3 / 6.0, 2 / 6.0], pool.LikedShares());
        Assert.Equal("abcd", Order(RankedCards.Popular(pool), pool));
    }

    [Fact]
    public void Random_cards_are_each_card_once_and_the_same_for_the_same_seed()
    {
        var pool = PoolOf(Users);
        Assert.Equal("abcd", string.Concat(Order(RankedCards.Random(pool, 1), pool).Order()));
        Assert.Equal(Order(RankedCards.Random(pool, 1), pool), Order(RankedCards.Random(pool, 1), pool));
        Assert.Contains(Enumerable.Range(0, 20), seed => Order(RankedCards.Random(pool, seed), pool) != "abcd");
    }

    /// <summary>a is liked by 4 of 4 who know it, b by 1 of 2, c by 1 of 4: entropies 0, 1 and .811.</summary>
    [Fact]
    public void Entropy_is_of_likes_and_dislikes_and_helf_weighs_it_with_frequency()
    {
        var pool = PoolOf(["ab", "aBC", "aC", "ac", "C"]);
        var (card, entropy) = Helf.Entropy(pool).Start(CardAnswers.None).Next([true, true, true]);
        Assert.Equal(("b", 1.0), (Name(pool, card), entropy));
        // b: 2·(lg 2 / lg 5)·1 / (lg 2 / lg 5 + 1) = .602; c: .811 and lg 4 / lg 5 = .861 → .835
        (card, double helf) = Helf.From(pool).Start(CardAnswers.None).Next([true, true, true]);
        Assert.Equal("c", Name(pool, card));
        Assert.Equal(.8355, helf, .0005);
    }

    [Fact]
    public void Without_dislikes_entropy_is_of_likes_and_unknown()
    {
        var pool = PoolOf(Users); // b and c: 3 of 6
        Assert.Equal("bcad", Order(Helf.Entropy(pool), pool).Replace("da", "ad", StringComparison.Ordinal));
    }

    /// <summary>Two pairs of twins: after one of a pair the other tells nothing.</summary>
    [Fact]
    public void Greedy_extend_takes_one_of_each_pair_of_twins_first()
    {
        var pool = PoolOf(["ab", "ab", "abcd", "cd", "", "e"]);
        string order = Order(new GreedyExtend(pool), pool);
        Assert.Equal("ac", order[..2]);
    }

    /// <summary>Its steps are those of solving the regression anew for every candidate: the residual variance falls by the gain.</summary>
    [Fact]
    public void Greedy_extend_lowers_the_error_of_least_squares_by_what_it_says() => Pools.Sample(users =>
    {
        var pool = PoolOf(users);
        if (pool.Cards < 3) return;
        bool[] allowed = new bool[pool.Cards];
        Array.Fill(allowed, true);
        var order = new GreedyExtend(pool).Start(CardAnswers.None);
        var taken = new List<int>();
        double before = Residual(pool, taken);
        for (int n = 0; n < 2; n++)
        {
            var (card, gain) = order.Next(allowed);
            allowed[card] = false;
            double best = Enumerable.Range(0, pool.Cards).Where(other => !taken.Contains(other))
                .Min(other => Residual(pool, [.. taken, other]));
            taken.Add(card);
            double after = Residual(pool, taken);
            Assert.Equal(best, after, 1e-6);
            Assert.Equal(before - after, gain, 1e-6);
            before = after;
        }
    }, iter: 50);

    /// <summary>
    /// c splits the six users into {ab, ab, ab} and {acd, cd, c}: Σ s²/n is 9/3·2 + 1/3 + 9/3 + 4/3 = 10.67, more than any other.
    /// </summary>
    [Fact]
    public void The_tree_asks_what_splits_tastes_and_follows_answers()
    {
        var pool = PoolOf(Users);
        var tree = new BootstrappingTree(pool, depth: 1, fewestUsers: 2);
        int c = CardOf(pool, 'c');
        Assert.Equal(c, tree.First);
        var liked = tree.ProfileFor(CardAnswers.None.With(c, true)).ToArray();
        var unknown = tree.ProfileFor(CardAnswers.None.With(c, false)).ToArray();
        Assert.True(liked[CardOf(pool, 'd')] > unknown[CardOf(pool, 'd')]);
        Assert.True(liked[CardOf(pool, 'b')] < unknown[CardOf(pool, 'b')]);
        // smoothed by the parent's: (0 + 20·p) / (3 + 20), where p = (3 + 0) / (6 + 20) is the root's
        Assert.Equal(20 * (3 / 26.0) / 23, liked[CardOf(pool, 'b')], 1e-12);
    }

    /// <summary>The split with the least error, found by trying all.</summary>
    [Fact]
    public void The_tree_asks_about_the_card_with_the_least_squared_error() => Pools.Sample(users =>
    {
        var pool = PoolOf(users);
        int first = new BootstrappingTree(pool, depth: 1, fewestUsers: 1).First;
        double[] errors = [.. Enumerable.Range(0, pool.Cards).Select(card => ErrorOf(pool, card))];
        if (first < 0) Assert.All(errors, error => Assert.True(error >= ErrorOf(pool, [.. Enumerable.Range(0, pool.Users)]) - 1e-9));
        else Assert.Equal(errors.Min(), errors[first], 1e-9);
    }, iter: 50);

    [Fact]
    public void D_optimal_cards_point_in_new_directions()
    {
        var pool = PoolOf(["ab", "ab", "ab", "cd", "cd", "cd", "ef", "ef", "ef"]); // after two of them the third is known
        string order = Order(new DOptimalCards(pool, CardFactors.Train(pool, 4)), pool);
        Assert.Equal(2, order[..2].Select(card => (card - 'a') / 2).Distinct().Count());
    }

    [Fact]
    public void Adaptive_cards_believe_past_users_who_answered_alike()
    {
        var pool = PoolOf(["ab", "ab", "ab", "ab", "cd", "cd", "cd", "cd"]);
        var chooser = new AdaptiveCards(pool, CardFactors.Train(pool, 4));
        Assert.All(chooser.WeightsFor(CardAnswers.None), weight => Assert.Equal(1 / 8.0, weight, 1e-6));
        float[] likeFirst = chooser.WeightsFor(CardAnswers.None.With(CardOf(pool, 'a'), true));
        Assert.True(likeFirst[..4].Min() > likeFirst[4..].Max());
        float[] weights = chooser.WeightsFor(CardAnswers.None.With(CardOf(pool, 'c'), true));
        Assert.Equal(1, weights.Sum(), 1e-5f);
        Assert.True(weights[..4].Max() < weights[4..].Min());
    }

    /// <summary>The gain of the first card is P² times the expected fall of the trace, computed from its definition.</summary>
    [Fact]
    public void The_gain_of_a_card_is_the_expected_fall_of_the_variance_of_scores()
    {
        var pool = PoolOf(Users);
        var factors = CardFactors.Train(pool, 2);
        var chooser = new AdaptiveCards(pool, factors);
        var answers = CardAnswers.None.With(CardOf(pool, 'a'), true);
        bool[] allowed = [.. Enumerable.Range(0, pool.Cards).Select(card => !answers.Has(card))];
        var (best, gain) = chooser.Start(answers).Next(allowed);
        double[] weights = [.. chooser.WeightsFor(answers).Select(weight => (double)weight)];
        double[] yes = ScoresOf(With(true)), no = ScoresOf(With(false));
        double p = With(true).Sum();
        Assert.Equal(p * p * p * (1 - p) * yes.Zip(no, (a, b) => (a - b) * (a - b)).Sum() / pool.Cards, gain, .02 * gain);

        double[] With(bool picked) => [.. weights.Select((weight, user) => weight * (picked ? Chance(user) : 1 - Chance(user)))];
        double Chance(int user) // the definition, from the embeddings
        {
            double Score(int of) => Math.Max(0, Kernels.Dot(factors.Users.Row(of), factors.Cards.Row(best)));
            double mean = Enumerable.Range(0, pool.Users).Average(Score);
            return Math.Clamp(pool.LikedShares()[best] * Score(user) / mean, .002, .9);
        }
        double[] ScoresOf(double[] of) => [.. Enumerable.Range(0, pool.Cards).Select(card => Enumerable.Range(0, pool.Users).Sum(
            user => of[user] / of.Sum() * Kernels.Dot(factors.Users.Row(user), factors.Cards.Row(card))))];
    }

    /// <summary>Whatever was answered: what was shown is not shown again, and no card twice.</summary>
    [Fact]
    public void No_chooser_repeats_a_card() => Pools.Sample(users =>
    {
        var pool = PoolOf(users);
        if (pool.Cards < 2) return;
        var factors = CardFactors.Train(pool, 4);
        ICardChooser[] choosers =
            [
                RankedCards.Popular(pool), Helf.From(pool), new GreedyExtend(pool), new BootstrappingTree(pool, 3, 2),
                new DOptimalCards(pool, factors), new AdaptiveCards(pool, factors),
            ];
        var answers = CardAnswers.None.With(0, true).With(1, false);
        foreach (var chooser in choosers)
        {
            int[] cards = [.. new CardSelection(pool, factors, 3).Choose(chooser, answers, pool.Cards).Select(card => card.Card)];
            Assert.Equal(Enumerable.Range(2, pool.Cards - 2), cards.Order());
        }
    }, iter: 30);

    [Fact]
    public void Cards_at_once_are_of_different_clusters()
    {
        var pool = PoolOf(["ab", "ab", "ab", "ab", "cd", "cd", "cd"]);
        var factors = CardFactors.Train(pool, 4);
        int[] clusters = CardSelection.ClustersOf(factors, 2);
        Assert.Equal(clusters[CardOf(pool, 'a')], clusters[CardOf(pool, 'b')]);
        Assert.NotEqual(clusters[CardOf(pool, 'a')], clusters[CardOf(pool, 'c')]);
        var cards = new CardSelection(pool, factors, 2).Choose(RankedCards.Popular(pool), CardAnswers.None, 2);
        Assert.Equal("ac", string.Concat(cards.Select(card => Name(pool, card.Card))));
    }

    /// <summary>Lists of what users like, small letters, and know but do not like, capitals.</summary>
    private static Gen<string[]> Pools => Gen.Int[0, 2].Array[6].Array[8, 14].Select(rows =>
        (string[])["ab", "a", .. rows.Select(row => string.Concat(row.Select((answer, n) =>
            answer == 0 ? "" : ((char)((answer == 1 ? 'a' : 'A') + n)).ToString())))]);

    private static CardPool PoolOf(string[] users)
    {
        var likes = users.SelectMany((cards, user) =>
            cards.Select(c => (user, char.ToLowerInvariant(c) - 'a', char.IsLower(c) ? 1f : -1f))).ToArray();
        return CardPool.From(SparseMatrix.FromTriplets(users.Length, 6, likes), 100, 100, 0);
    }

    private static string Name(CardPool pool, int card) => ((char)('a' + pool.Items.Span[card])).ToString();

    private static int CardOf(CardPool pool, char name) => pool.Items.Span.IndexOf(name - 'a');

    private static string Order(ICardChooser chooser, CardPool pool)
    {
        bool[] allowed = new bool[pool.Cards];
        Array.Fill(allowed, true);
        var order = chooser.Start(CardAnswers.None);
        string names = "";
        while (order.Next(allowed).Card is >= 0 and var card)
        {
            allowed[card] = false;
            names += Name(pool, card);
        }
        return names;
    }

    // of all likes, after least squares with an intercept on the answers to some cards: Gram–Schmidt
    private static double Residual(CardPool pool, IReadOnlyList<int> cards)
    {
        double[] Column(int card) => Centred([.. Enumerable.Range(0, pool.Users).Select(user =>
            pool.Answers.Row(user) is var row && row.Columns.BinarySearch(card) is >= 0 and var place && row.Values[place] > 0 ? 1.0 : 0)]);
        var basis = new List<double[]>();
        foreach (int card in cards)
        {
            double[] column = Column(card);
            foreach (double[] other in basis) column = Minus(column, other);
            if (Dot(column, column) > 1e-9) basis.Add(column);
        }
        double sum = 0;
        for (int card = 0; card < pool.Cards; card++)
        {
            double[] column = Column(card);
            foreach (double[] other in basis) column = Minus(column, other);
            sum += Dot(column, column);
        }
        return sum / pool.Users;

        static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();
        static double[] Minus(double[] x, double[] y) => [.. x.Zip(y, (a, b) => a - (b * Dot(x, y) / Dot(y, y)))];
        static double[] Centred(double[] x) => [.. x.Select(value => value - x.Average())];
    }

    private static double ErrorOf(CardPool pool, int card)
    {
        var (like, dislike, unknown) = BootstrappingTree.Split(pool, [.. Enumerable.Range(0, pool.Users)], card);
        return ErrorOf(pool, like) + ErrorOf(pool, dislike) + ErrorOf(pool, unknown);
    }

    private static double ErrorOf(CardPool pool, int[] users) => Enumerable.Range(0, pool.Cards).Sum(card =>
    {
        double likes = users.Count(user => pool.Answers.Row(user) is var row
            && row.Columns.BinarySearch(card) is >= 0 and var place && row.Values[place] > 0);
        return users.Length == 0 ? 0 : likes - (likes * likes / users.Length);
    });
}
