using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

/// <summary>What holds for every model. A model's test derives from it and names its trainer.</summary>
public abstract partial class ModelContract
{
    /// <summary>Small enough for the tiny data sets of these tests.</summary>
    protected abstract ITrainer Trainer { get; }

    /// <summary>False for models that rank the items alike for everybody.</summary>
    protected virtual bool IsPersonal => true;

    /// <summary>
    /// True when a score does not depend on the order of the ids: nothing is drawn by chance, or what is drawn is forgotten.
    /// </summary>
    protected virtual bool IsClosedForm => true;

    /// <summary>True when the order of a history's events decides, and not how much each item weighs.</summary>
    protected virtual bool ReadsOrder => false;

    /// <summary>The trainer with other options.</summary>
    protected ITrainer With(params ReadOnlySpan<(string Name, JsonNode Value)> options)
    {
        var all = TrainerOptions.Of(Trainer);
        foreach (var (name, value) in options) all[name] = value;
        return TrainerOptions.Create(Trainer.GetType(), all);
    }

    protected static TrainingContext Context(int workers = 2) =>
        new() { Workers = workers, Cancellation = TestContext.Current.CancellationToken };

    protected static Vocabulary Ids(int count, string prefix) => new([.. Enumerable.Range(0, count).Select(n => $"{prefix}{n}")]);

    protected static Interactions Of(int users, int items, params IReadOnlyList<(int User, int Item, float Weight)> triplets) =>
        Interactions.From(Ids(users, "u"), Ids(items, "i"), SparseMatrix.FromTriplets(users, items, triplets));

    /// <summary>Even users like even items, odd users odd ones; everybody's own item is withheld: the one right answer.</summary>
    protected static Interactions Checkerboard(int size)
    {
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < size; user++)
            for (int item = user % 2; item < size; item += 2)
                if (item != user) triplets.Add((user, item, 1));
        return Of(size, size, triplets);
    }

    /// <summary>Users to whom their own item is withheld, and should be recommended first.</summary>
    protected virtual Interactions Board(int size) => Checkerboard(size);

    /// <summary>What a model that learns from attributes alone has to know of the items of these tests.</summary>
    protected virtual Interactions Described(Interactions data) => data;

    protected static float[] Scores(IModel model, Query query)
    {
        var scores = new float[model.Items.Count];
        model.Score(query, scores);
        return scores;
    }

    private IModel Train(Interactions interactions, int workers = 2, int seed = 0) =>
        Trainer.Train(
            Described(interactions), new() { Workers = workers, Seed = seed, Cancellation = TestContext.Current.CancellationToken });

    // a model does not change, so what only asks one need not train its own
    private static readonly ConcurrentDictionary<(Type Contract, int Users), IModel> OfSomeData = new();

    /// <summary>The model of <see cref="SomeData"/> of so many users.</summary>
    private IModel Trained(int users = 60) => OfSomeData.GetOrAdd((GetType(), users), _ => Train(SomeData(users: users)));

    private static Interactions SomeData(int seed = 1, int users = 60, int items = 40)
    {
        var rng = new Rng((ulong)seed);
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users; user++)
            for (int n = rng.NextInt(12); n >= 0; n--) triplets.Add((user, rng.NextInt(1 + rng.NextInt(items)), 1 + rng.NextInt(3)));
        return Of(users, items, triplets);
    }

    protected static byte[] Bytes(IModel model)
    {
        var writer = new TensorWriter();
        model.Save(writer);
        var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    [Fact]
    public void The_withheld_item_of_the_checkerboard_is_at_rank_1()
    {
        if (!IsPersonal)
        {
            Assert.Skip("It does not apply to this model.");
            return;
        }
        var board = Board(50);
        var recommender = Train(board).AsPipeline();
        for (int user = 0; user < 50; user++) Assert.Equal(user, recommender.Recommend(Query.Of(board, user), 1)[0].Item);
    }

    [Fact]
    public void Same_seed_same_bits_at_any_number_of_workers()
    {
        var data = SomeData();
        var one = Bytes(Train(data, workers: 1));
        Assert.Equal(one, Bytes(Train(data, workers: 2)));
        Assert.Equal(one, Bytes(Train(data, workers: 4)));
        Assert.Equal(one, Bytes(Train(data, workers: 4)));
    }

    [Fact]
    public void A_saved_model_scores_as_before()
    {
        var data = SomeData();
        var model = Trained();
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = TrainerCatalog.Default.Load(Trainer.Summary.Name, file, data.Items);
        for (int user = 0; user < data.Users.Count; user++)
            Assert.Equal(Scores(model, Query.Of(data, user)), Scores(loaded, Query.Of(data, user)));
        Assert.Equal(Bytes(model), Bytes(loaded));
    }

    [Fact]
    public void Renaming_items_changes_no_score()
    {
        if (!IsClosedForm)
        {
            Assert.Skip("It does not apply to this model.");
            return;
        }
        var data = SomeData();
        int[] renamed = [.. Enumerable.Range(0, data.Items.Count)];
        new Rng(9).Shuffle<int>(renamed);
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < data.Users.Count; user++)
        {
            var row = data.ByUser.Row(user);
            for (int n = 0; n < row.Length; n++) triplets.Add((user, renamed[row.Columns[n]], row.Values[n]));
        }
        var other = Of(data.Users.Count, data.Items.Count, triplets);
        IModel model = Trained(), otherModel = Train(other);
        for (int user = 0; user < data.Users.Count; user++)
        {
            float[] scores = Scores(model, Query.Of(data, user)), otherScores = Scores(otherModel, Query.Of(other, user));
            for (int item = 0; item < scores.Length; item++) Assert.Equal(scores[item], otherScores[renamed[item]], 1e-3f);
        }
    }

    private static void MustAnswerTogetherAsAlone(Pipeline recommender, Interactions data)
    {
        // unknown users and users without history in between
        Query[] queries = [new(-1, default), .. Enumerable.Range(0, data.Users.Count).Select(user => Query.Of(data, user)),
            new(-1, new[] { 3, 3, 0 })];
        var lists = new RankedLists();
        foreach (int count in new[] { 7, 0, 1000, 1 })
        {
            recommender.RecommendAll(queries, count, lists);
            Assert.Equal(queries.Length, lists.Count);
            for (int n = 0; n < queries.Length; n++)
            {
                var alone = recommender.Recommend(queries[n], count);
                Assert.Equal(alone.Select(c => c.Item), lists.ItemsOf(n).ToArray());
                Assert.Equal(alone.Select(c => c.Score), lists.ScoresOf(n).ToArray());
            }
        }
        recommender.RecommendAll([], 5, lists);
        Assert.Equal(0, lists.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => recommender.RecommendAll(queries, -1, lists));
    }

    [Fact]
    public void Many_queries_together_get_the_lists_that_each_gets_alone() =>
        MustAnswerTogetherAsAlone(Trained(150).AsPipeline(), SomeData(users: 150));

    [Fact]
    public void So_they_do_with_a_fallback()
    {
        var data = SomeData(users: 150);
        MustAnswerTogetherAsAlone(Trained(150).AsPipeline(fallback: new Popularity().Train(data, new())), data);
    }

    [Fact]
    public void The_list_is_the_best_scores_without_the_history()
    {
        var data = SomeData(users: 150);
        var model = Trained(150);
        for (int user = 0; user < data.Users.Count; user++)
        {
            var query = Query.Of(data, user);
            float[] scores = Scores(model, query);
            var expected = Enumerable.Range(0, scores.Length).Where(n => !float.IsNaN(scores[n]) && !query.History.Span.Contains(n));
            var list = model.AsPipeline("it").Recommend(query, 8);
            Assert.Equal(expected.Count() < 8 ? expected.Count() : 8, list.Count);
            Assert.Equal(list.Count, list.Select(c => c.Item).Intersect(expected).Count());
            foreach (var (score, candidate) in expected.Select(n => scores[n]).OrderDescending().Zip(list))
            {
                // a kernel may add up in another order than Score does
                Assert.Equal(score, candidate.Score, 1e-5f);
                Assert.Equal(scores[candidate.Item], candidate.Score, 1e-5f);
                Assert.Equal("it", candidate.Source);
            }
        }
    }

    [Fact]
    public void An_unknown_user_without_history_gets_the_same_as_anybody_or_nothing()
    {
        var data = SomeData();
        var scores = Scores(Trained(), new Query(-1, default));
        if (IsPersonal) Assert.All(scores, s => Assert.True(float.IsNaN(s)));
        else Assert.Equal(Order(Scores(Trained(), Query.Of(data, 0))), Order(scores));
    }

    /// <returns>Items that have a score, best first, equal ones by index.</returns>
    private static IEnumerable<int> Order(float[] scores) =>
        Enumerable.Range(0, scores.Length).Where(item => !float.IsNaN(scores[item])).OrderByDescending(item => scores[item]);

    [Fact]
    public void The_history_decides_not_the_users_number()
    {
        var data = SomeData();
        var model = Trained();
        for (int user = 0; user < data.Users.Count; user++)
            Assert.Equal(Scores(model, Query.Of(data, user)), Scores(model, Query.Of(data, user) with { User = -1 }));
    }

    [Fact]
    public void An_item_nobody_touched_is_never_recommended()
    {
        // users 0–3 like items 0–2; item 3 exists, nobody knows it
        var data = Of(4, 4, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 2, 1), (2, 1, 1), (2, 2, 1), (3, 0, 1), (3, 1, 1), (3, 2, 1)]);
        var list = Train(data).AsPipeline().Recommend(Query.Of(data, 0), 4);
        Assert.Equal([2], list.Select(candidate => candidate.Item));
    }

    [Fact]
    public void Scores_are_finite_or_nan()
    {
        var data = SomeData();
        var model = Trained();
        for (int user = 0; user < data.Users.Count; user++)
            Assert.All(Scores(model, Query.Of(data, user)), s => Assert.False(float.IsInfinity(s)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(5, 1)]
    public void One_user_or_one_item_is_enough_to_train(int users, int items)
    {
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users; user++)
            for (int item = 0; item < items; item++) triplets.Add((user, item, 1));
        var data = Of(users, items, triplets);
        Assert.Empty(Train(data).AsPipeline().Recommend(Query.Of(data, 0), 3));
    }

    [Fact]
    public void No_interactions_at_all_train_a_model_that_knows_nothing()
    {
        var data = Of(3, 3, []);
        Assert.All(Scores(Train(data), Query.Of(data, 0)), s => Assert.True(float.IsNaN(s)));
    }

    [Fact]
    public void Events_of_the_same_item_weigh_as_much_as_one_of_their_sum()
    {
        var data = SomeData();
        var model = Trained();
        if (!IsPersonal || ReadsOrder || model is IRatingModel) return; // a rating that is given twice is not a rating twice as high
        var once = Scores(model, new Query(-1, new[] { 3, 5 }, new[] { 3f, 1f }));
        var twice = Scores(model, new Query(-1, new[] { 3, 5, 3 }, new[] { 1f, 1f, 2f }));
        for (int item = 0; item < once.Length; item++) Assert.Equal(once[item], twice[item], 1e-4f);
    }

    [Fact]
    public void Many_threads_score_as_one()
    {
        var data = SomeData();
        var model = Trained();
        float[][] alone = [.. Enumerable.Range(0, data.Users.Count).Select(user => Scores(model, Query.Of(data, user)))];
        Parallel.For(0, 800, new ParallelOptions { MaxDegreeOfParallelism = 8 }, n =>
            Assert.Equal(alone[n % alone.Length], Scores(model, Query.Of(data, n % alone.Length))));
    }

    [Fact]
    public void A_cancelled_training_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Trainer.Train(SomeData(), new() { Cancellation = source.Token }));
    }

    [Fact]
    public void The_score_is_the_inner_product_of_the_embeddings()
    {
        var data = SomeData();
        if (Trained() is not IEmbeddingModel model)
        {
            Assert.Skip("It does not apply to this model.");
            return;
        }
        Span<float> embedding = new float[model.ItemEmbeddings.Columns];
        for (int user = 0; user < data.Users.Count; user++)
        {
            Assert.True(model.TryEmbed(Query.Of(data, user), embedding));
            var scores = Scores(model, Query.Of(data, user));
            for (int item = 0; item < scores.Length; item++)
            {
                if (data.ByItem.Row(item).Length == 0) Assert.True(float.IsNaN(scores[item]));
                else Assert.Equal(Kindred.Tests.Numerics.Reference.Dot(model.ItemEmbeddings.Row(item), embedding), scores[item], 1e-5);
            }
        }
    }

    [Fact]
    public void Contributions_sum_to_the_score()
    {
        var data = SomeData();
        if (Trained() is not IExplainableModel model)
        {
            Assert.Skip("It does not apply to this model.");
            return;
        }
        // item 5 occurs twice
        var query = new Query(-1, new[] { 5, 2, 7, 5 }, new[] { 1f, 2f, 1f, 3f });
        var scores = Scores(model, query);
        Span<float> contributions = new float[4];
        for (int item = 0; item < scores.Length; item++)
        {
            if (float.IsNaN(scores[item])) continue;
            model.Explain(query, item, contributions);
            float sum = 0;
            foreach (float contribution in contributions) sum += contribution;
            Assert.Equal(scores[item], sum, 1e-4f);
        }
    }

    [Fact]
    public void Options_survive_json_and_unknown_ones_are_refused()
    {
        string name = Trainer.Summary.Name;
        Assert.Equal(Trainer, TrainerOptions.Create(Trainer.GetType(), TrainerOptions.Of(Trainer)));
        var refused = Assert.Throws<InputException>(() => TrainerOptions.Create(Trainer.GetType(), new() { ["regularisation"] = 1 }));
        Assert.Contains(name, refused.Message);
    }
}
