using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Onboarding;

/// <summary>
/// Compares ways to choose cards by interviews of users of the past. A quarter of the users, at most 600, are for the test; validation
/// users, on whom options were chosen, are others. Nothing is learned from the users who are interviewed.
/// </summary>
internal sealed class OnboardingEvaluation
{
    /// <summary>The names of choosers.</summary>
    public const string Popular = "popularity", Adaptive = "adaptive";

    private const int MostTested = 600, MostValidated = 300, Listed = 100;

    private readonly IModel _model;
    private readonly float[] _popularity;

    private OnboardingEvaluation(
        CardPool pool, IReadOnlyList<InterviewedUser> users, IModel model, Interactions train)
    {
        (Pool, Users, _model, Train) = (pool, users, model, train);
        Factors = CardFactors.Train(pool);
        _popularity = [.. train.CountUsersOfItems().Select(count => (float)count)];
    }

    public CardPool Pool { get; }

    public CardFactors Factors { get; }

    /// <summary>Who is interviewed.</summary>
    public IReadOnlyList<InterviewedUser> Users { get; }

    /// <summary>What the others liked.</summary>
    public Interactions Train { get; }

    /// <summary>All ways to choose cards, by name.</summary>
    public IEnumerable<(string Name, ICardChooser Chooser)> Choosers =>
        [
            ("random", RankedCards.Random(Pool, 0)), (Popular, RankedCards.Popular(Pool)), ("entropy", Helf.Entropy(Pool)),
            ("HELF", Helf.From(Pool)), ("greedy list", new GreedyExtend(Pool)), ("tree", new BootstrappingTree(Pool)),
            ("D-optimal", new DOptimalCards(Pool, Factors)), (Adaptive, new AdaptiveCards(Pool, Factors)),
        ];

    /// <param name="onValidation">Interview the users on whom options are chosen.</param>
    /// <exception cref="InputException">There are too few users.</exception>
    public static OnboardingEvaluation Prepare(Interactions data, TrainingContext context, bool onValidation = false)
    {
        int[] users = [.. Enumerable.Range(0, data.Users.Count)];
        var likes = Likes.From(data, users);
        new Rng(7 + (ulong)context.Seed).Fork("interviewed users").Shuffle<int>(users);
        int tested = Math.Min(MostTested, users.Length / 4), validated = Math.Min(MostValidated, users.Length / 5);
        int[] test = users[..tested], validation = users[tested..(tested + validated)];
        var hidden = (onValidation ? test.Concat(validation) : test).ToHashSet();
        var answers = new List<(int, int, float)>();
        for (int user = 0; user < likes.Rows; user++)
        {
            if (hidden.Contains(user)) continue;
            var row = likes.Row(user);
            for (int n = 0; n < row.Length; n++) answers.Add((user, row.Columns[n], row.Values[n]));
        }
        var interviewed = InterviewedUser.From(likes, onValidation ? validation : test, seed: 1);
        if (interviewed.Count < 20 || answers.Count == 0)
            throw new InputException(
                $"Only {interviewed.Count} users who like at least 4 items can be interviewed, and 20 are needed; use more data.");
        var train = Interactions.From(data.Users, data.Items, SparseMatrix.FromTriplets(
            likes.Rows, likes.Columns, [.. answers.Where(answer => answer.Item3 > 0)]))
            .With(data.UserAttributes, data.ItemAttributes);
        var pool = CardPool.From(SparseMatrix.FromTriplets(likes.Rows, likes.Columns, answers),
            OnboardingCards.MostCards, OnboardingCards.MostUsers, 0);
        var model = CardFactors.Trainer(data.Users.Count < 2_000 ? 32 : 64).Train(train, context);
        return new(pool, interviewed, model, train);
    }

    /// <param name="recommend">Null: <see cref="Recommend"/>.</param>
    public SimulatedInterview Interview(Func<int[], int, IReadOnlyList<int>>? recommend = null) => new(Pool, Users, recommend ?? Recommend);

    /// <summary>What is served: the model's list and the popular one, mixed.</summary>
    public IReadOnlyList<int> Recommend(int[] picked, int count)
    {
        int[] popular = [.. BestOf(_popularity, Listed + picked.Length).Except(picked).Take(Listed)];
        if (picked.Length == 0) return popular;
        var scores = new float[_popularity.Length];
        _model.Score(new Query(-1, picked), scores);
        foreach (int item in picked) scores[item] = float.NaN;
        return PopularityBlend.Lists(BestOf(scores, Listed), popular, PopularityBlend.ModelWeight(picked.Length));
    }

    private static int[] BestOf(float[] scores, int count)
    {
        var best = new PriorityQueue<int, (float, int)>(); // the worst in front
        for (int item = 0; item < scores.Length; item++)
        {
            if (float.IsNaN(scores[item])) continue;
            if (best.Count < count) best.Enqueue(item, (scores[item], -item));
            else best.EnqueueDequeue(item, (scores[item], -item));
        }
        int[] found = new int[best.Count];
        for (int place = found.Length - 1; place >= 0; place--) found[place] = best.Dequeue();
        return found;
    }
}
