using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Models.Towers;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;
using Kindred.Retrieval;
using Kindred.Tests.Models;
using TorchSharp;

namespace Kindred.Native.Tests.Neural;

public sealed class TwoTowerTests : ModelContract
{
    private static readonly TwoTower Small = new()
    {
        Dimensions = 16,
        HiddenDimensions = 24,
        Epochs = 15,
        BatchSize = 256,
        LearningRate = .01f,
        NegativeCount = 32,
        Dropout = .1f,
    };

    protected override ITrainer Trainer => Small;

    protected override bool IsClosedForm => false;

    // even users like red items, odd ones green ones; the last two items are as red and as green, and nobody touched them
    private static Interactions Colors()
    {
        const int Users = 20, Items = 14;
        var data = Of(Users, Items, [.. from user in Enumerable.Range(0, Users)
                                        from item in Enumerable.Range(0, Items - 2)
                                        where item % 2 == user % 2 && item != user
                                        select (user, item, 1f)]);
        return data.With(
            userAttributes: Labelled(Users, "side", n => n % 2 == 0 ? "left" : "right"),
            itemAttributes: Labelled(Items, "color", n => n % 2 == 0 ? "red" : "green"));
    }

    private static Catalog Labelled(int count, string name, Func<int, string?> label) => Catalog.Empty(count) with
    {
        Labels = new Dictionary<string, LabelColumn> { [name] = LabelColumn.From([.. Enumerable.Range(0, count).Select(label)]) },
    };

    [Fact]
    public void An_item_that_nobody_touched_is_known_by_its_attributes()
    {
        var model = (Small with { IdDropout = .5f }).Train(Colors(), Context());
        float[] even = Scores(model, Query.Of(Colors(), 0)), odd = Scores(model, Query.Of(Colors(), 1));
        Assert.True(even[12] > even[13], $"{even[12]} {even[13]}");
        Assert.True(odd[13] > odd[12], $"{odd[13]} {odd[12]}");
    }

    [Fact]
    public void Events_on_items_of_which_nothing_is_known_are_left_out()
    {
        var data = Colors().With(itemAttributes: Labelled(14, "color", n => n is 10 or 11 ? null : n % 2 == 0 ? "red" : "green"));
        var model = (Small with { Features = "history + item.*" }).Train(data, Context());
        float[] scores = Scores(model, Query.Of(data, 0));
        Assert.True(float.IsNaN(scores[10]) && float.IsNaN(scores[11]));
        Assert.True(scores[12] > scores[13], $"{scores[12]} {scores[13]}");
    }

    [Fact]
    public void A_user_without_a_history_is_known_by_his_attributes()
    {
        var model = (Small with { Features = "user.* + item" }).Train(Colors(), Context());
        var visitor = new Query(
            -1, default)
        { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.side"] = ["right"] } } };
        Assert.All(model.AsPipeline().Recommend(visitor, 5), candidate => Assert.Equal(1, candidate.Item % 2));
    }

    [Theory]
    [InlineData("history.* + item.*")]
    [InlineData("history + history.* + item + item.*")]
    public void A_history_speaks_by_its_attributes(string features)
    {
        // two items that nobody touched are all that is known of a visitor
        var model = (Small with { Features = features, IdDropout = .5f, LabelWeights = LabelWeights.Idf }).Train(Colors(), Context());
        float[] red = Scores(model, new Query(-1, new[] { 12 })), green = Scores(model, new Query(-1, new[] { 13 }));
        Assert.True(red[12] > red[13] && green[13] > green[12], $"{red[12]} {red[13]} {green[12]} {green[13]}");
        Assert.True(red[2] > red[3] && green[3] > green[2], $"{red[2]} {red[3]} {green[2]} {green[3]}");
    }

    [Fact]
    public void Items_of_like_words_are_near()
    {
        string[] titles = [.. Enumerable.Range(0, 14).Select(n => n % 2 == 0 ? $"Red running shoe {n}" : $"A green kettle, number {n}")];
        var data = Colors().With(itemAttributes: Catalog.Empty(14) with
        {
            Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(titles)) },
        });
        var model = (IEmbeddingModel)(Small with { Features = "history + item.title" }).Train(data, Context());
        double Cosine(int i, int j) => Kernels.Dot(model.ItemEmbeddings.Row(i), model.ItemEmbeddings.Row(j));
        Assert.True(Cosine(12, 2) > Cosine(12, 13) + .5, $"{Cosine(12, 2)} {Cosine(12, 13)}");
        Assert.True(Cosine(13, 3) > Cosine(13, 2) + .5, $"{Cosine(13, 3)} {Cosine(13, 2)}");
    }

    [Theory]
    [InlineData("history + user.* + item + item.*", HistoryPooling.Mean)]
    [InlineData("history + history.* + item + item.*", HistoryPooling.Mean)]
    [InlineData("history + history.* + user.* + item + item.*", HistoryPooling.Attention)]
    [InlineData("history.* + item.*", HistoryPooling.Mean)]
    public void What_is_served_has_the_loss_that_torch_says(string features, HistoryPooling pooling)
    {
        // all events in one shard, nothing drawn: q of an item is its events
        var trainer = Small with { Features = features, Pooling = pooling, NegativeCount = 0, IdDropout = 0, Dropout = 0 };
        var data = WithNumbers(Colors());
        var space = FeatureSpace.Of(trainer.Features, 0, data, null, out _);
        using var scope = torch.NewDisposeScope();
        using var learner = new TowerTrainingTask(trainer, data, space, TowerTrainingTask.Create(trainer, space, new Rng(1), torch.CPU));
        if (pooling == HistoryPooling.Attention) Randomize(learner.Parameters, "attention.query", "attention.ages");
        using var dropout = new Dropout(0, new Rng(1), torch.CPU);
        var shard = Assert.Single(learner.Prepare([.. Enumerable.Range(0, data.Histories.Count)], new Rng(1)));
        double torchLoss = learner.Loss(shard, dropout).item<float>(), loss = 0;

        var model = (IEmbeddingModel)learner.Model();
        int[] popularity = data.CountUsersOfItems();
        for (int user = 0; user < data.Users.Count; user++)
        {
            int[] had = data.ByUser.Row(user).Columns.ToArray();
            foreach (int item in had)
            {
                float[] scores = Scores(model, new Query(user, had.Where(other => other != item).ToArray()));
                double Exponential(int i) => Math.Exp((scores[i] / trainer.Temperature) - Math.Log(popularity[i]));
                var others = Enumerable.Range(0, data.Items.Count).Where(i => popularity[i] > 0 && (i == item || !had.Contains(i)));
                loss -= Math.Log(Exponential(item) / others.Sum(Exponential));
            }
        }
        Assert.Equal(loss, torchLoss, 1e-4 * loss);
    }

    // a vector of three, which item 5 does not have
    private static Interactions WithNumbers(Interactions data) => data.With(itemAttributes: data.ItemAttributes with
    {
        Numbers = Enumerable.Range(0, 3).ToDictionary(column => $"vector.{column}", column => new NumberColumn(
            Enumerable.Range(0, data.Items.Count).Select(item => item == 5 ? float.NaN : MathF.Sin((7 * item) + column)).ToArray())),
    });

    private static void Randomize(ParameterSet parameters, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            var values = ParameterSet.MatrixOf(parameters[name]);
            var rng = new Rng(3).Fork(name);
            foreach (ref float value in values.Values.Span) value = (float)rng.NextNormal();
            ParameterSet.Set(parameters[name], values);
        }
    }

    [Fact]
    public void Hard_negatives_are_the_nearest_that_the_user_did_not_have()
    {
        // embeddings on a circle: the user at 0°, the items at 10°, 20°, …
        var items = new Matrix(6, 2);
        for (int item = 0; item < 6; item++)
            (items.Row(item)[0], items.Row(item)[1]) = (MathF.Cos(item * MathF.PI / 18), MathF.Sin(item * MathF.PI / 18));
        var table = new Matrix(1, 2);
        table.Row(0)[0] = 1;
        Tower sum = new(new(1, 2), new(1, 1), new(2, 1), new(1, 2));
        var users = new FactorizationBlock();
        users.Add(0, 1);
        users.End(0, 1);
        users.Add(0, 1);
        users.End(0, 1);
        var had = SparseMatrix.FromTriplets(2, 6, [(0, 0, 1f), (0, 2, 1f), (1, 4, 1f)]);
        var hard = new HardNegatives(2, table, null, sum, items, [0, 1, 2, 3, 4, 5]);
        Assert.Equal([1, 3, 0], hard.Of(users, new(), [0, 1], had, new Rng(1)));
    }

    [Theory]
    [InlineData("""{"hardNegativeCount": -1}""", "hardNegativeCount must be 0 to 1,024, was -1.")]
    [InlineData("""{"hardNegativeCount": 2000}""", "hardNegativeCount must be 0 to 1,024, was 2,000.")]
    [InlineData("""{"pooling": "attention", "features": "history.* + item"}""",
        "Attention pools the feature history, and Features have none; add it, or use the pooling mean.")]
    [InlineData("""{"features": "history"}""", "Features must name something of the item, such as item, was 'history'.")]
    [InlineData("""{"features": "user + item"}""",
        "Two towers know a user by history and attributes, not by number; leave the feature user out.")]
    [InlineData("""{"temperature": 0}""", "temperature must be above 0, was 0.")]
    [InlineData("""{"idDropout": 2}""", "idDropout must be 0 to 1, was 2.")]
    [InlineData("""{"hiddenDimensions": 0}""", "hiddenDimensions must be at least 1, was 0.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => NeuralTrainers.Catalog.Create("two-tower", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(Colors(), Context())).Message);
    }
}
