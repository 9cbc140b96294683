using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Features;

public sealed class AttributeMapTests
{
    private const int Size = 40;

    private static TrainingContext Context => new() { Cancellation = TestContext.Current.CancellationToken };

    // even users like even items, odd users odd ones; a label says which are which, a number nothing; the last two items have no event
    private static Interactions Described() => FactorizationMachineTests.Described(Size);

    public static TheoryData<ITrainer> Trainers =>
    [
        new ImplicitAls { Dimensions = 8, Features = "item.*" },
        new Bpr { Dimensions = 8, Epochs = 30, Features = "item.*" },
        new Bpr { Dimensions = 8, Epochs = 30, ItemBias = true, Features = "item.*" },
        new Warp { Dimensions = 8, Features = "item.*" },
        new LogisticMf { Dimensions = 8, Features = "item.*" },
        new SampledSoftmax { Dimensions = 8, Features = "item.*" },
    ];

    [Theory, MemberData(nameof(Trainers))]
    public void An_item_without_events_is_recommended_and_similar_by_its_attributes(ITrainer trainer)
    {
        var data = Described();
        var model = (IEmbeddingModel)trainer.Train(data, Context);
        for (int user = 0; user < 10; user++)
        {
            var scores = new float[Size];
            model.Score(Query.Of(data, user), scores);
            Assert.True(scores[Size - 2 + (user % 2)] > scores[Size - 1 - (user % 2)], $"user {user}");
        }
        var list = model.AsPipeline().Recommend(Query.Of(data, 0), Size);
        Assert.Contains(Size - 2, list.Select(candidate => candidate.Item));
        Assert.All(new SimilarItems(model, "model").Find(Size - 1, 5), found => Assert.Equal(1, found.Item % 2));
    }

    [Theory, MemberData(nameof(Trainers))]
    public void What_has_events_keeps_its_factors_and_a_saved_model_its_map(ITrainer trainer)
    {
        var data = Described();
        var model = (IAttributeFoldIn)trainer.Train(data, Context);
        var without = (IEmbeddingModel)TrainerOptions.With(trainer, new() { ["features"] = "" }).Train(data, Context);
        for (int item = 0; item < Size - 2; item++)
            Assert.Equal(without.ItemEmbeddings.Row(item), model.ItemEmbeddings.Row(item));
        Assert.False(without.ItemEmbeddings.Row(Size - 1).ContainsAnyExcept(0));
        Assert.Null(((IAttributeFoldIn)without).EmbedItems(data.ItemAttributes));

        using var folder = new TemporaryFolder();
        var writer = new TensorWriter();
        model.Save(writer);
        using (var stream = File.Create(folder.File("model"))) writer.WriteTo(stream);
        using var file = TensorFile.Open(folder.File("model"));
        var loaded = (IAttributeFoldIn)TrainerCatalog.Default.Load(trainer.Summary.Name, file, data.Items);
        var later = new Dictionary<string, LabelColumn>
        {
            // another catalog: its labels are numbered otherwise, and some are new
            ["kind"] = LabelColumn.From([["new", "odd"], ["even"], ["new"], []]),
        };
        var catalog = Catalog.Empty(4) with { Labels = later };
        var embedded = model.EmbedItems(catalog)!;
        Assert.Equal(embedded.Values.ToArray(), loaded.EmbedItems(catalog)!.Values.ToArray());
        Assert.False(embedded.Row(2).ContainsAnyExcept(0) || embedded.Row(3).ContainsAnyExcept(0));
        Assert.True(Kernels.Dot(embedded.Row(0), model.ItemEmbeddings.Row(1)) > Kernels.Dot(embedded.Row(0), model.ItemEmbeddings.Row(0)));
        Assert.True(Kernels.Dot(embedded.Row(1), model.ItemEmbeddings.Row(0)) > Kernels.Dot(embedded.Row(1), model.ItemEmbeddings.Row(1)));
    }

    /// <summary>Weighted ridge regressions in double, one for each λ: the map is one of them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void It_equals_a_dense_regression(double noise)
    {
        const int Dimensions = 3;
        var data = Described();
        int[] users = data.CountUsersOfItems();
        var rng = new Rng(5);
        var factors = new Matrix(Size, Dimensions);
        var space = FeatureSpace.Of("item.*", 0, data, null, out _, rareLabels: true);
        var rows = space.ItemRows(data.ItemAttributes);
        for (int item = 0; item < Size; item++)
        {
            for (int k = 0; k < Dimensions; k++)
            {
                double value = k + 1 + (noise * rng.NextNormal());
                for (int n = 0; n < rows.ColumnsOf(item).Length; n++) value += (rows.ColumnsOf(item)[n] - k) * rows.ValuesOf(item)[n];
                factors.Row(item)[k] = (float)value;
            }
        }
        using var regression = AttributeRegression.For("item.*", data, users, Context)!;
        var embedded = regression.Learn(factors).Embed(data.ItemAttributes);
        // the model of an epoch: the λ of the first look stays, whatever the factors are by then
        Assert.Equal(embedded.Values.ToArray(), regression.LearnBetween(factors).Embed(data.ItemAttributes).Values.ToArray());
        foreach (ref float value in factors.Values.Span) value *= 2;
        var twice = regression.LearnBetween(factors).Embed(data.ItemAttributes).Values.ToArray();
        Assert.Equal(embedded.Values.ToArray().Select(value => 2 * value), twice);
        foreach (ref float value in factors.Values.Span) value /= 2;

        int columns = space.Columns + 1;
        double mean = users.Where(count => count > 0).Average();
        double[] Feature(int item)
        {
            double[] f = new double[columns];
            for (int n = 0; n < rows.ColumnsOf(item).Length; n++) f[rows.ColumnsOf(item)[n]] = rows.ValuesOf(item)[n];
            f[^1] = 1;
            return f;
        }
        var misses = AttributeMap.Ridges.Select(ridge =>
        {
            double miss = 0;
            for (int k = 0; k < Dimensions; k++)
            {
                var a = new double[columns, columns];
                var b = new double[columns];
                for (int c = 0; c < columns; c++) a[c, c] = ridge;
                for (int item = 0; item < Size; item++)
                {
                    double[] f = Feature(item);
                    double weight = users[item] / mean;
                    for (int r = 0; r < columns; r++)
                    {
                        b[r] += weight * f[r] * factors.Row(item)[k];
                        for (int c = 0; c < columns; c++) a[r, c] += weight * f[r] * f[c];
                    }
                }
                double[] w = Reference.Solve(a, b);
                for (int item = 0; item < Size; item++)
                    miss = Math.Max(miss, Math.Abs(Feature(item).Zip(w, (f, v) => f * v).Sum() - embedded.Row(item)[k]));
            }
            return miss;
        }).ToArray();
        Assert.Equal(0, misses.Min(), 1e-3);
        // what is linear wants the least λ; noise does not
        Assert.Equal(noise == 0, misses[0] < 1e-3);
    }

    [Fact]
    public void A_feature_that_is_no_attribute_of_items_is_refused()
    {
        var data = Described();
        foreach (string feature in new[] { "item", "item.* + user.kind" })
            Assert.Contains("leave the feature", Assert.Throws<InputException>(
                () => new ImplicitAls { Features = feature }.Train(data, Context)).Message);
    }
}
