using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Neural;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Storage;
using Kindred.Tests.Models;
using Kindred.Tests.Support;
using TorchSharp;

namespace Kindred.Native.Tests.Neural;

public sealed class PinSageTests : ModelContract
{
    private static readonly PinSage Small = new()
    {
        Dimensions = 16,
        HiddenDimensions = 12,
        Epochs = 30,
        BatchSize = 16,
        LearningRate = .01f,
        WalkSteps = 200,
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
        return data.With(itemAttributes: Colored([.. Enumerable.Range(0, Items).Select(n => n % 2 == 0 ? "red" : "green")]));
    }

    private static Catalog Colored(string?[] colors) =>
        Catalog.Empty(colors.Length) with { Labels = new Dictionary<string, LabelColumn> { ["color"] = LabelColumn.From(colors) } };

    private static (PinSageTrainingTask Learner, ItemNodes Nodes) Learner(PinSage trainer, Interactions data)
    {
        var space = FeatureSpace.Of(trainer.Features, 0, data, null, out _);
        var nodes = new ItemNodes(trainer, data, space, Context(), new Rng(2));
        return (new PinSageTrainingTask(
            trainer, data, nodes, Context(), PinSageTrainingTask.Create(trainer, space.Columns, new Rng(1), torch.CPU)), nodes);
    }

    private static Matrix Embed(PinSageTrainingTask learner, ItemNodes nodes, int[] outputs)
    {
        using var dropout = new Dropout(0, new Rng(1), torch.CPU);
        using var embeddings = learner.Embed(nodes.BatchOf(outputs), dropout);
        return ParameterSet.MatrixOf(embeddings);
    }

    [Theory, InlineData(1), InlineData(2)]
    public void An_item_that_came_after_training_is_embedded_by_its_labels(int layers)
    {
        var data = Colors();
        var model = (IAttributeFoldIn)(Small with { LayerCount = layers }).Train(data, Context());
        // another catalog: its labels are numbered otherwise, and some are new
        var late = Colored(["green", "red", "blue", null]);
        var embedded = model.EmbedItems(late)!;
        float Nearness(int row, int item) => Kernels.Dot(embedded.Row(row), model.ItemEmbeddings.Row(item));
        Assert.True(Nearness(0, 1) > Nearness(0, 0), $"{Nearness(0, 1)} {Nearness(0, 0)}");
        Assert.True(Nearness(1, 0) > Nearness(1, 1), $"{Nearness(1, 0)} {Nearness(1, 1)}");
        Assert.Equal(1, Kernels.Dot(embedded.Row(0), embedded.Row(0)), 1e-4);
        Assert.False(embedded.Row(2).ContainsAnyExcept(0) || embedded.Row(3).ContainsAnyExcept(0));
        Assert.Equal(embedded.Row(1), model.EmbedItems(Colored(["red"]))!.Row(0)); // whoever else came

        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = (IAttributeFoldIn)TrainerCatalog.Default.Load("pinsage", file, data.Items);
        Assert.Equal(embedded.Values.ToArray(), loaded.EmbedItems(late)!.Values.ToArray());
    }

    [Fact]
    public void An_item_that_nobody_touched_is_recommended_to_who_likes_its_labels()
    {
        var data = Colors();
        var model = (Small with { ColdShare = .5f }).Train(data, Context());
        float[] even = Scores(model, Query.Of(data, 0)), odd = Scores(model, Query.Of(data, 1));
        Assert.True(even[12] > even[13], $"{even[12]} {even[13]}");
        Assert.True(odd[13] > odd[12], $"{odd[13]} {odd[12]}");
        Assert.Contains(12, model.AsPipeline().Recommend(Query.Of(data, 0), 3).Select(candidate => candidate.Item));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public void What_is_served_is_what_torch_says_in_whatever_batch(int layers, bool hasNumbers)
    {
        using var scope = torch.NewDisposeScope();
        var data = Colors();
        if (hasNumbers)
            data = data.With(itemAttributes: data.ItemAttributes with
            {
                Numbers = Enumerable.Range(0, 3).ToDictionary(column => $"vector.{column}", column => new NumberColumn(
                    Enumerable.Range(0, data.Items.Count).Select(item => item == 5 ? float.NaN : MathF.Sin((7 * item) + column))
                        .ToArray())),
            });
        var (learner, nodes) = Learner(Small with { LayerCount = layers, Neighbours = 3 }, data);
        using (learner)
        {
            var served = ((IEmbeddingModel)learner.Model()).ItemEmbeddings;
            int[] order = [.. Enumerable.Range(0, served.Rows)];
            new Rng(3).Shuffle<int>(order);
            foreach (int[] batch in order.Chunk(5))
            {
                var embedded = Embed(learner, nodes, batch);
                for (int n = 0; n < batch.Length; n++)
                    for (int column = 0; column < served.Columns; column++)
                        Assert.Equal(served.Row(batch[n])[column], embedded.Row(n)[column], 1e-5f);
            }
        }
    }

    [Fact]
    public void The_loss_is_that_of_what_is_served()
    {
        // all users in one shard, nothing drawn: q of an item is its users
        var trainer = Small with { NegativeCount = 0, ColdShare = 0 };
        var data = Colors();
        using var scope = torch.NewDisposeScope();
        var (learner, _) = Learner(trainer, data);
        using var dropout = new Dropout(0, new Rng(1), torch.CPU);
        var shard = Assert.Single(learner.Prepare([.. Enumerable.Range(0, learner.Examples)], new Rng(1)));
        double torchLoss = learner.Loss(shard, dropout).item<float>(), loss = 0;

        var model = learner.Model();
        int[] popularity = data.CountUsersOfItems();
        for (int user = 0; user < data.Users.Count; user++)
        {
            int[] had = data.ByUser.Row(user).Columns.ToArray();
            foreach (int item in had)
            {
                float[] scores = Scores(model, new Query(-1, had.Where(other => other != item).ToArray()));
                double Exponential(int i) => Math.Exp((scores[i] / trainer.Temperature) - Math.Log(popularity[i]));
                var others = Enumerable.Range(0, data.Items.Count).Where(i => popularity[i] > 0 && (i == item || !had.Contains(i)));
                loss -= Math.Log(Exponential(item) / others.Sum(Exponential));
            }
        }
        Assert.Equal(loss, torchLoss, 1e-3 * loss);
        learner.Dispose();
    }

    [Fact]
    public void As_if_nobody_had_touched_it_an_item_has_no_id_and_the_neighbours_of_its_labels()
    {
        using var scope = torch.NewDisposeScope();
        var data = Colors();
        var (learner, nodes) = Learner(Small with { Features = "item", LayerCount = 1 }, data);
        Assert.True(nodes.IsKnown(0));
        Assert.False(nodes.IsKnown(data.Items.Count));
        learner.Dispose();

        (learner, nodes) = Learner(Small with { LabelShare = 0, LayerCount = 1 }, data);
        using (learner)
        {
            int untouched = data.Items.Count; // item 0 again
            Assert.True(nodes.IsKnown(untouched));
            Assert.Equal(2, nodes.BatchOf([0]).FeatureRows.Count(row => row == 0)); // id and color
            Assert.Single(nodes.BatchOf([untouched]).FeatureRows, row => row == 0);
            var embedded = Embed(learner, nodes, [0, untouched]);
            Assert.NotEqual(embedded.Row(0).ToArray(), embedded.Row(1).ToArray());
        }
    }

    [Fact]
    public void Without_labels_an_untouched_item_is_unknown()
    {
        var data = Colors();
        var model = (Small with { Features = "item" }).Train(data, Context());
        float[] scores = Scores(model, Query.Of(data, 0));
        Assert.True(float.IsNaN(scores[12]) && float.IsNaN(scores[13]));
    }

    [Fact]
    public void An_item_without_features_is_known_by_its_neighbours()
    {
        string?[] colors = [.. Enumerable.Range(0, 14).Select(n => n is 0 or 1 ? null : n % 2 == 0 ? "red" : "green")];
        var data = Colors().With(itemAttributes: Colored(colors));
        float[] scores = Scores((Small with { Features = "item.*" }).Train(data, Context()), Query.Of(data, 0));
        Assert.True(scores[0] > scores[1], $"{scores[0]} {scores[1]}");
    }

    [Fact]
    public void Where_no_event_has_a_feature_nothing_is_known()
    {
        string?[] colors = [.. Enumerable.Range(0, 14).Select(n => n < 12 ? null : "blue")];
        var data = Colors().With(itemAttributes: Colored(colors));
        var model = (IEmbeddingModel)(Small with { Features = "item.*" }).Train(data, Context());
        Assert.False(model.ItemEmbeddings.Values.Span.ContainsAnyExcept(0));
    }

    [Theory]
    [InlineData("""{"features": "history"}""", "Features must name something of the item, such as item, was 'history'.")]
    [InlineData("""{"features": "history + item"}""",
        "PinSage knows users by their items, and items by features of theirs; leave the feature history out.")]
    [InlineData("""{"temperature": 0}""", "temperature must be above 0, was 0.")]
    [InlineData("""{"coldShare": 2}""", "coldShare must be 0 to 1, was 2.")]
    [InlineData("""{"restart": -1}""", "restart must be 0 to 1, was -1.")]
    [InlineData("""{"labelShare": 1.5}""", "labelShare must be 0 to 1, was 1.5.")]
    [InlineData("""{"layerCount": 0}""", "layerCount must be at least 1, was 0.")]
    [InlineData("""{"neighbours": 0}""", "neighbours must be at least 1, was 0.")]
    [InlineData("""{"walkSteps": 0}""", "walkSteps must be at least 1, was 0.")]
    [InlineData("""{"historyLength": 1}""", "historyLength must be at least 2, was 1.")]
    public void Options_out_of_range_are_refused(string options, string message)
    {
        ITrainer Trainer() => NeuralTrainers.Catalog.Create("pinsage", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject());
        Assert.Equal(message, Assert.Throws<InputException>(() => Trainer().Train(Colors(), Context())).Message);
    }
}
