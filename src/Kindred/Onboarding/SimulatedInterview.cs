using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// Interviews of users of the past, offline: of a user whom nothing was learned from, a random half of what they liked can be answered, the
/// other half is to be found. They pick a card if its item is in the first half, and dismiss it otherwise. So the items to be found are the
/// same whatever was asked, and results are paired. After every answer the list of the best items is measured by NDCG@10.
/// </summary>
/// <param name="recommend">Told picked items, oldest first, and how many items are wanted: the best ones, none of those that were
/// picked.</param>
internal sealed class SimulatedInterview(
    CardPool pool, IReadOnlyList<InterviewedUser> users, Func<int[], int, IReadOnlyList<int>> recommend, int mostCards = 60)
{
    private const int Depth = 10;

    public IReadOnlyList<InterviewedUser> Users => users;

    /// <summary>One card at a time.</summary>
    /// <remarks>Same bits at any number of workers.</remarks>
    public InterviewCurves Run(ICardChooser chooser, int workers, CancellationToken cancellationToken)
    {
        var byCards = new double[users.Count][];
        var byPicks = new double[users.Count][];
        var cardsAt = new int[users.Count][];
        Blocks.ForEach(users.Count, 1, workers, (n, _) => (byCards[n], byPicks[n], cardsAt[n]) = Interview(chooser, users[n]),
            cancellationToken);
        return new(byCards, byPicks, cardsAt);
    }

    private (double[] ByCards, double[] ByPicks, int[] CardsAt) Interview(ICardChooser chooser, InterviewedUser user)
    {
        var answers = CardAnswers.None;
        var picked = new List<int>();
        bool[] allowed = new bool[pool.Cards];
        Array.Fill(allowed, true);
        var byCards = new double[mostCards + 1];
        var (byPicks, cardsAt) = (new List<double>(), new List<int>());
        byPicks.Add(byCards[0] = Measure(picked, user));
        cardsAt.Add(0);
        for (int shown = 1; shown <= mostCards; shown++)
        {
            var (card, _) = chooser.Start(answers).Next(allowed);
            if (card < 0)
            {
                byCards.AsSpan(shown).Fill(byCards[shown - 1]);
                break;
            }
            allowed[card] = false;
            int item = pool.Items.Span[card];
            bool isPicked = user.Answerable.Contains(item);
            answers = answers.With(card, isPicked);
            if (isPicked) picked.Add(item);
            byCards[shown] = isPicked ? Measure(picked, user) : byCards[shown - 1];
            if (!isPicked) continue;
            byPicks.Add(byCards[shown]);
            cardsAt.Add(shown);
        }
        return (byCards, [.. byPicks], [.. cardsAt]);
    }

    private double Measure(List<int> picked, InterviewedUser user)
    {
        int[] best = [.. recommend([.. picked], Depth).Take(Depth)];
        double gain = 0, ideal = 0;
        for (int place = 0; place < best.Length; place++)
        {
            if (user.Wanted.Contains(best[place])) gain += Discount.At(place);
            if (place < user.Wanted.Count) ideal += Discount.At(place);
        }
        return gain / ideal;
    }
}

/// <summary>A user who is interviewed; items.</summary>
/// <param name="Answerable">Items that they would pick.</param>
/// <param name="Wanted">Items to be found.</param>
internal sealed record InterviewedUser(int User, IReadOnlySet<int> Answerable, IReadOnlySet<int> Wanted)
{
    private const int FewestLikes = 4;

    /// <param name="likes">[users, items] As <see cref="Likes"/> makes them.</param>
    /// <returns>Those of the users who like at least 4 items.</returns>
    public static IReadOnlyList<InterviewedUser> From(SparseMatrix likes, IEnumerable<int> users, int seed)
    {
        var interviewed = new List<InterviewedUser>();
        foreach (int user in users)
        {
            var row = likes.Row(user);
            int[] liked = [.. row.Columns.ToArray().Zip(row.Values.ToArray()).Where(pair => pair.Second > 0).Select(pair => pair.First)];
            if (liked.Length < FewestLikes) continue;
            new Rng((ulong)seed).Fork("what can be answered", user).Shuffle<int>(liked);
            interviewed.Add(new(user, liked[..(liked.Length / 2)].ToHashSet(), liked[(liked.Length / 2)..].ToHashSet()));
        }
        return interviewed;
    }
}

/// <summary>NDCG@10 of each user as an interview proceeds.</summary>
/// <param name="ByCards">[users][cards shown, from 0]</param>
/// <param name="ByPicks">[users][picks, from 0, as many as the user made]</param>
/// <param name="CardsAt">[users][picks] How many cards were shown until then.</param>
internal sealed record InterviewCurves(double[][] ByCards, double[][] ByPicks, int[][] CardsAt)
{
    public double AfterCards(int cards) => ByCards.Average(user => user[cards]);

    /// <returns>[users] NDCG after so many picks, or at the end of the interview for who did not make so many.</returns>
    public double[] AfterPicks(int picks) => [.. ByPicks.Select(user => user[Math.Min(picks, user.Length - 1)])];

    /// <returns>The share of users who made so many picks.</returns>
    public double ShareWith(int picks) => ByPicks.Count(user => user.Length > picks) / (double)Math.Max(1, ByPicks.Length);

    /// <returns>Cards shown until so many picks, in the mean; all cards for who did not make so many.</returns>
    public double CardsFor(int picks) =>
        CardsAt.Zip(ByCards, (at, cards) => picks < at.Length ? at[picks] : cards.Length - 1).Average();

    /// <returns>Mean of the differences and its 95 % interval by bootstrap over users.</returns>
    public static (double Mean, double Low, double High) Difference(double[] mine, double[] theirs, int seed = 0)
    {
        double[] differences = [.. mine.Zip(theirs, (a, b) => a - b)];
        var (low, high) = Bootstrap.Interval(Bootstrap.SortedMeans([differences], 2_000, seed, 1, CancellationToken.None)[0]);
        return (differences.Average(), low, high);
    }
}
