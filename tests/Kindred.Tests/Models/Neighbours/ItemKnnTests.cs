using CsCheck;
using Kindred.Models;
using Kindred.Models.Neighbours;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Neighbours;

public sealed class ItemKnnTests : ModelContract
{
    public static TheoryData<Similarity> Similarities => [.. Enum.GetValues<Similarity>()];

    protected override ITrainer Trainer => new ItemKnn { Neighbours = 30, Shrinkage = 1 };

    private static ItemKnn Plain => new() { Shrinkage = 0, ActivityPenalty = 0 };

    private static Interactions Small => Of(3, 3, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 2)]);

    // users of item 0: 0, 1, 3; of 1: 0, 1; of 2: 1, 2; items 3 to 8 exist
    private static Interactions Counted =>
        Of(4, 9, [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1), (3, 0, 1)]);

    private static ItemKnnModel Train(ItemKnn trainer, Interactions data, int workers = 2) =>
        (ItemKnnModel)trainer.Train(data, new() { Workers = workers, Cancellation = TestContext.Current.CancellationToken });

    private static Interactions Some(ulong seed, int users, int items, int longest)
    {
        var rng = new Rng(seed);
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < users; user++)
            for (int n = rng.NextInt(longest); n >= 0; n--) triplets.Add((user, rng.NextInt(1 + rng.NextInt(items)), 1 + rng.NextInt(4)));
        return Of(users, items, triplets);
    }

    [Fact]
    public void Cosine_with_shrinkage_by_hand()
    {
        // v(0) = (1, 1, 0), v(1) = (1, 1, 0), v(2) = (0, 1, 2), Shrinkage 1, all users alike:
        // s(0, 1) = 2 / (2 + 1), s(0, 2) = 1 / (√2·√5 + 1)
        var model = Train(Plain with { Shrinkage = 1 }, Small);
        var scores = Scores(model, new Query(-1, new[] { 0 }));
        Assert.True(float.IsNaN(scores[0]));
        Assert.Equal(2.0 / 3, scores[1], 1e-6);
        Assert.Equal(1 / (Math.Sqrt(10) + 1), scores[2], 1e-6);
        // weight 2 on item 0, weight 1 on item 1
        Assert.Equal(3 / (Math.Sqrt(10) + 1), Scores(model, new Query(-1, new[] { 0, 1 }, new[] { 2f, 1f }))[2], 1e-6);
    }

    [Fact]
    public void A_busy_users_votes_count_less()
    {
        // ActivityPenalty 1: user 0 has 2 items, user 1 has 3, so their votes count 1/2 and 1/3:
        // v(0)·v(1) = 1/2 + 1/3 = |v(0)|² = |v(1)|², s(0, 1) = 1; v(0)·v(2) = 1/3, |v(2)|² = 1/3 + 4
        var table = Train(Plain with { ActivityPenalty = 1 }, Small).Table;
        Assert.Equal(1, table.Of(0, 1), 1e-6);
        Assert.Equal(1.0 / 3 / Math.Sqrt(5.0 / 6 * (13.0 / 3)), table.Of(0, 2), 1e-6);
    }

    /// <summary>n(0) = 3, n(1) = 2, n(2) = 2, n(0, 1) = 2, n(0, 2) = 1, N = 4, everybody counts 1.</summary>
    [Fact]
    public void Counts_by_hand()
    {
        SimilarityTable Of(Similarity similarity) =>
            Train(Plain with { Similarity = similarity, TverskyAlpha = 1, TverskyBeta = 0 }, Counted).Table;
        Assert.Equal(2.0 / 3, Of(Similarity.Jaccard).Of(0, 1), 1e-6); // 2 / (3 + 2 − 2)
        Assert.Equal(1.0 / 4, Of(Similarity.Jaccard).Of(0, 2), 1e-6);
        Assert.Equal(2.0 / 3, Of(Similarity.Tversky).Of(0, 1), 1e-6); // 2 / (2 + 1·1 + 0)
        Assert.Equal(1, Of(Similarity.Tversky).Of(1, 0), 1e-6);       // 2 / (2 + 1·0 + 0)
        Assert.Equal(2 / (3 * Math.Sqrt(2)), Of(Similarity.Conditional).Of(0, 1), 1e-6);
        Assert.Equal(2 / (2 * Math.Sqrt(3)), Of(Similarity.Conditional).Of(1, 0), 1e-6);
        Assert.Equal(4.0 / 3, Of(Similarity.Lift).Of(0, 1), 1e-6);    // 2 / (3·2 / 4)
        Assert.Equal(2.0 / 3, Of(Similarity.Lift).Of(2, 0), 1e-6);
        Assert.Equal(2, Of(Similarity.CoOccurrence).Of(0, 1));
        // the table (2 1; 0 1): 2·(2·ln(2·4 / (3·2)) + ln(1·4 / (3·2)) + ln(1·4 / (1·2)))
        Assert.Equal(2 * ((2 * Math.Log(4.0 / 3)) + Math.Log(2.0 / 3) + Math.Log(2)), Of(Similarity.LogLikelihood).Of(0, 1), 1e-5);
        // together once where chance alone would give 3·2 / 4 times: no neighbours
        Assert.Equal(0, Of(Similarity.LogLikelihood).Of(0, 2));
    }

    [Fact]
    public void Weighted_by_activity_by_hand()
    {
        // 9 items: ln(9 / 3) of user 0, who has 2 items; ln(9 / 4) of user 1; ln(9 / 2) of user 3
        double a = Math.Pow(Math.Log(3), 2), b = Math.Pow(Math.Log(2.25), 2), c = Math.Pow(Math.Log(4.5), 2);
        Assert.Equal(
            (a + b) / Math.Sqrt((a + b + c) * (a + b)), Train(Plain with { Similarity = Similarity.TfIdf }, Counted).Table.Of(0, 1), 1e-6);
        // k = 1.2, b = .75, lengths 3 and 2, mean 7/9
        double Weight(double length) => 2.2 / (1 + (1.2 * (.25 + (.75 * length / (7.0 / 9)))));
        Assert.Equal(Weight(3) * Weight(2) * (a + b), Train(Plain with { Similarity = Similarity.Bm25 }, Counted).Table.Of(0, 1), 1e-6);
    }

    [Fact]
    public void Centered_cosines_by_hand()
    {
        // user 0: 4, 4, 1 and user 1: 3, 4, 2, both with mean 3: item 0 is (1, 0), item 1 (1, 1), item 2 (−2, −1)
        var byUser = Train(Plain with { Similarity = Similarity.AdjustedCosine },
            Of(2, 3, [(0, 0, 4), (0, 1, 4), (0, 2, 1), (1, 0, 3), (1, 1, 4), (1, 2, 2)]));
        Assert.Equal(1 / Math.Sqrt(2), byUser.Table.Of(0, 1), 1e-6);
        Assert.Equal(0, byUser.Table.Of(0, 2));
        // item 0: 5, 3, 1 and item 1: 5, 2, 2, both with mean 3: (2, 0, −2)·(2, −1, −1) = 6
        var byItem = Train(
            Plain with { Similarity = Similarity.Pearson }, Of(3, 2, [(0, 0, 5), (1, 0, 3), (2, 0, 1), (0, 1, 5), (1, 1, 2), (2, 1, 2)]));
        Assert.Equal(6 / Math.Sqrt(8 * 6), byItem.Table.Of(0, 1), 1e-6);
    }

    [Theory, MemberData(nameof(Similarities))]
    public void Each_similarity_is_its_definition(Similarity similarity) =>
        Gen.ULong.Select(Gen.Int[1, 3], Gen.Float[0, 2], Gen.Float[0, 1.5f]).Sample((seed, overlap, shrinkage, penalty) =>
    {
        var data = Some(seed, 25, 18, 9);
        var options = new ItemKnn
        {
            Similarity = similarity,
            Neighbours = 18,
            Shrinkage = shrinkage,
            ActivityPenalty = penalty,
            MinimumOverlap = overlap,
            TverskyAlpha = .7f,
            TverskyBeta = .2f,
            ConditionalExponent = .3f,
            Bm25Length = .4f,
        };
        var table = Train(options, data).Table;
        var x = NeighbourReference.Dense(data);
        for (int i = 0; i < 18; i++)
        {
            for (int j = 0; j < 18; j++)
            {
                double expected = i == j ? 0 : NeighbourReference.Similarity(options, x, i, j);
                Assert.Equal(Math.Max(0, expected), table.Of(i, j), 1e-5 + (1e-4 * Math.Abs(expected)));
            }
            Assert.Equal(table.SimilaritiesOf(i).ToArray().OrderDescending(), table.SimilaritiesOf(i).ToArray());
        }
    }, iter: 20);

    [Theory, MemberData(nameof(Similarities))]
    public void Each_similarity_has_the_same_bits_at_any_number_of_workers(Similarity similarity)
    {
        var data = Some(5, 200, 150, 30);
        var trainer = new ItemKnn { Similarity = similarity, Neighbours = 7, MinimumOverlap = 2 };
        var one = Train(trainer, data, 1).Table;
        foreach (int workers in new[] { 2, 4 }) MustBeEqual(one, Train(trainer, data, workers).Table);
    }

    [Fact]
    public void Only_the_nearest_neighbours_are_kept()
    {
        var table = Train(Plain with { Neighbours = 1, Shrinkage = 1 }, Small).Table;
        Assert.Equal([1], table.NeighboursOf(0).ToArray());
        Assert.Equal(0, table.Of(0, 2));
        Assert.Equal(3, table.Count);
        // 1 / (√10 + 1) = .24 is not enough
        Assert.Empty(Train(Plain with { Shrinkage = 1, MinimumSimilarity = .3f }, Small).Table.NeighboursOf(2).ToArray());
    }

    [Theory, MemberData(nameof(Similarities))]
    public void Going_on_gives_the_table_of_training_anew_to_the_last_bit(Similarity similarity) =>
        Gen.ULong.Select(Gen.Int[1, 4], Gen.Int[2, 6], Gen.Int[1, 2]).Sample((seed, added, neighbours, overlap) =>
        {
            var before = Some(seed, 60, 90, 5);
            var rng = new Rng(seed).Fork("added");
            var triplets = new List<(int, int, float)>();
            for (int user = 0; user < 60; user++)
            {
                var row = before.ByUser.Row(user);
                for (int n = 0; n < row.Length; n++) triplets.Add((user, row.Columns[n], row.Values[n]));
            }
            for (int n = 0; n < added; n++) triplets.Add((rng.NextInt(62), rng.NextInt(93), 1 + rng.NextInt(3)));
            var after = Of(62, 93, triplets);
            var trainer = new ItemKnn { Similarity = similarity, Neighbours = neighbours, MinimumOverlap = overlap, Shrinkage = 3 };
            var going = (ItemKnnModel)trainer.ContinueFrom(trainer.Train(before, new()), after, new() { Workers = 2 });
            var anew = Train(trainer, after);
            MustBeEqual(anew.Table, going.Table);
            // and once more, from there
            MustBeEqual(anew.Table, ((ItemKnnModel)trainer.ContinueFrom(going, after, new())).Table);
        }, iter: 30);

    [Fact]
    public void Rows_that_lose_no_neighbour_are_merged_and_where_many_do_there_is_no_update()
    {
        // 40 pairs of items with 5 users each; then one more user has items 0 and 1, who are nearer to each other than before, or 0 alone,
        // who is not
        static Interactions Pairs(params int[] added) => Of(201, 80,
            [.. Enumerable.Range(0, 400).Select(n => (n / 2, (n / 10 * 2) + (n % 2), 1f)), .. added.Select(item => (200, item, 1f))]);
        var options = new ItemKnn { Neighbours = 1, Shrinkage = 1, ActivityPenalty = 0 };
        static NeighbourSums SumsOf(ItemKnn options, Interactions data) => new(options, data.ByUser, data.ByItem, new());
        SimilarityTable? Updated(int[] changed, params int[] added) => new TableUpdate(
            SumsOf(options, Pairs(added)), options, TableBuild.Of(SumsOf(options, Pairs()), options, new()), changed).Run(new());
        MustBeEqual(TableBuild.Of(SumsOf(options, Pairs(0, 1)), options, new()), Updated([0, 1], 0, 1)!);
        MustBeEqual(TableBuild.Of(SumsOf(options, Pairs(0)), options, new()), Updated([0], 0)!); // the row of 1 is computed
        int[] firsts = [.. Enumerable.Range(0, 20).Select(pair => 2 * pair)];
        Assert.Null(Updated(firsts, firsts)); // and those of 20 others
    }

    [Fact]
    public void Few_changed_items_are_worth_an_update_many_are_not()
    {
        var before = Some(1, 60, 90, 5);
        Assert.Empty(TableUpdate.ChangedItems(TableUpdate.Identify(before.ByUser), before.ByUser));
        Assert.True(TableUpdate.IsWorthwhile(20, 90));
        Assert.False(TableUpdate.IsWorthwhile(60, 90));
        Assert.False(TableUpdate.IsWorthwhile(10_000, 1_000_000));
    }

    [Fact]
    public void Going_on_from_something_else_is_refused()
    {
        var data = Some(1, 20, 20, 5);
        var trainer = new ItemKnn();
        var model = trainer.Train(data, new());
        string Refusal(ItemKnn with, IModel from, Interactions and) =>
            Assert.Throws<InputException>(() => with.ContinueFrom(from, and, new())).Message;
        Assert.Contains("another kind", Refusal(trainer, new Popularity().Train(data, new()), data));
        Assert.Contains("other options", Refusal(trainer with { Shrinkage = 4 }, model, data));
        Assert.Contains("The ids must begin", Refusal(trainer, model, Some(1, 19, 20, 5)));
        // how a history is read is not learned
        Assert.Equal(2, ((ItemKnnModel)(trainer with { HistoryHalfLife = 2 }).ContinueFrom(model, data, new())).Options.HistoryHalfLife);
    }

    [Fact]
    public void What_is_recent_counts_more_by_place_and_by_time()
    {
        // s(0, 2) = s(1, 2) = 1 / √10: of the two events, the older one counts half by its place
        var query = new Query(-1, new[] { 0, 1 });
        double similarity = 1 / Math.Sqrt(10);
        Assert.Equal(1.5 * similarity, Scores(Train(Plain with { HistoryHalfLife = 1 }, Small), query)[2], 1e-6);
        // three days older, with a half-life of three days; without times nothing is older
        var model = Train(Plain with { HistoryHalfLifeDays = 3 }, Small);
        Assert.Equal(2 * similarity, Scores(model, query)[2], 1e-6);
        query = query with { Times = new long[] { 0, 3 * 86400 } };
        Assert.Equal(1.5 * similarity, Scores(model, query)[2], 1e-6);
        var contributions = new float[2];
        model.Explain(query, 2, contributions);
        Assert.Equal(.5 * similarity, contributions[0], 1e-6);
        Assert.Equal(similarity, contributions[1], 1e-6);
    }

    [Fact]
    public void A_session_scores_as_its_history() =>
        Gen.ULong.Select(Gen.Int[0, 40], Gen.Bool, Gen.Bool).Sample((seed, length, places, times) =>
    {
        var data = Some(7, 40, 30, 8);
        var model = Train(new ItemKnn { HistoryHalfLife = places ? .5 : 0, HistoryHalfLifeDays = times ? 2 : 0 }, data);
        var rng = new Rng(seed);
        int[] items = [.. Enumerable.Range(0, length).Select(_ => rng.NextInt(30))];
        float[] weights = [.. items.Select(_ => 1f + rng.NextInt(3))];
        long[] when = [.. items.Select(_ => 86400L * rng.NextInt(20))];
        var session = model.StartSession();
        for (int n = 0; n < length; n++) session.Add(items[n], weights[n], when[n]);
        var actual = new float[30];
        session.CopyTo(actual);
        float[] expected = Scores(model, new Query(-1, items, weights) { Times = when });
        // what counts less than 2⁻¹²⁰ of the newest is no number any more
        for (int item = 0; item < 30; item++)
            Assert.Equal(float.IsNaN(expected[item]) ? 0 : expected[item], float.IsNaN(actual[item]) ? 0 : actual[item], 1e-4f);
    }, iter: 50);

    [Fact]
    public void A_table_in_a_file_is_mapped_and_the_same()
    {
        var data = Some(3, 60, 40, 9);
        var model = Train(new ItemKnn(), data);
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("model")))
        {
            var writer = new TensorWriter();
            model.Save(writer);
            writer.WriteTo(stream);
        }
        var file = TensorFile.Open(folder.File("model"));
        var mapped = (ItemKnnModel)TrainerCatalog.Default.Find("item-knn").Load(file, data.Items);
        MustBeEqual(model.Table, mapped.Table);
        Assert.Equal(model.Options, mapped.Options);
        // the arrays are the file's: they are gone with it
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mapped.Table.NeighboursOf(0).Length);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        string Refusal(ItemKnn trainer) => Assert.Throws<InputException>(() => trainer.Train(Small, new())).Message;
        Assert.Equal("neighbours must be at least 1, was 0.", Refusal(new() { Neighbours = 0 }));
        Assert.Equal("shrinkage must be at least 0, was -1.", Refusal(new() { Shrinkage = -1 }));
        Assert.Equal("activityPenalty must be 0 to 2, was 3.", Refusal(new() { ActivityPenalty = 3 }));
        Assert.Equal("minimumOverlap must be at least 1, was 0.", Refusal(new() { MinimumOverlap = 0 }));
        Assert.Equal("minimumSimilarity must be at least 0, was NaN.", Refusal(new() { MinimumSimilarity = float.NaN }));
        Assert.Equal("tverskyAlpha must be at least 0, was -1.", Refusal(new() { TverskyAlpha = -1 }));
        Assert.Equal("tverskyBeta must be at least 0, was NaN.", Refusal(new() { TverskyBeta = float.NaN }));
        Assert.Equal("conditionalExponent must be 0 to 1, was 2.", Refusal(new() { ConditionalExponent = 2 }));
        Assert.Equal("bm25Saturation must be above 0, was 0.", Refusal(new() { Bm25Saturation = 0 }));
        Assert.Equal("bm25Length must be 0 to 1, was -1.", Refusal(new() { Bm25Length = -1 }));
        Assert.Equal("historyHalfLife must be at least 0, was -1.", Refusal(new() { HistoryHalfLife = -1 }));
        Assert.Equal("historyHalfLifeDays must be at least 0, was -1.", Refusal(new() { HistoryHalfLifeDays = -1 }));
        Assert.StartsWith("similarity must be one of cosine, ", Refusal(new() { Similarity = (Similarity)99 }));
    }

    private static void MustBeEqual(SimilarityTable expected, SimilarityTable actual)
    {
        Assert.Equal(expected.Items, actual.Items);
        for (int item = 0; item < expected.Items; item++)
        {
            Assert.Equal(expected.NeighboursOf(item).ToArray(), actual.NeighboursOf(item).ToArray());
            Assert.Equal(expected.SimilaritiesOf(item).ToArray(), actual.SimilaritiesOf(item).ToArray());
        }
    }
}
