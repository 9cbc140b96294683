using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Retrieval;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models;

/// <summary>Weights and sizes that hardly anybody means.</summary>
public abstract partial class ModelContract
{
    /// <summary>Numbers that a weight may be and hardly anybody means.</summary>
    private static readonly float[] Extremes =
        [float.MaxValue, float.MinValue, 1e20f, -1e20f, 1e9f, -1, 1, 1e-20f, float.Epsilon, -float.Epsilon, 0, -0f];

    [Fact]
    public void Extreme_weights_in_a_query_give_no_infinite_score()
    {
        var data = SomeData();
        var model = Trained();
        foreach (float first in Extremes)
        {
            foreach (float second in Extremes)
                MustBeFinite(model, new Query(-1, new[] { 3, 5, 3, 7 }, new[] { first, second, second, 1 }));
            MustBeFinite(model, Query.Of(data, 0) with { Weights = Enumerable.Repeat(first, data.Histories.ItemsOf(0).Length).ToArray() });
        }
    }

    /// <summary>What no model can learn from is refused, in a sentence.</summary>
    [Fact]
    public void Extreme_weights_in_the_training_data_give_no_infinite_score()
    {
        Assert.SkipWhen(ReadsOrder, "weights do not matter");
        var data = SomeData(users: 20, items: 12);
        foreach (float extreme in Extremes)
        {
            foreach (int every in new[] { 1, 7 })
            {
                var triplets = new List<(int, int, float)>();
                for (int user = 0; user < data.Users.Count; user++)
                    foreach (int item in data.Histories.ItemsOf(user).Span)
                        triplets.Add((user, item, triplets.Count % every == 0 ? extreme : 1));
                try
                {
                    var weighted = Of(data.Users.Count, data.Items.Count, triplets);
                    var model = Train(weighted);
                    for (int user = 0; user < 5; user++) MustBeFinite(model, Query.Of(weighted, user));
                    MustBeFinite(model, new Query(-1, new[] { 3, 5 }, new[] { 1f, 2f }));
                }
                catch (InputException refusal)
                {
                    Assert.False(extreme is >= float.Epsilon and <= 1, refusal.Message);
                    Assert.EndsWith(".", refusal.Message);
                }
            }
        }
    }

    private static void MustBeFinite(IModel model, Query query)
    {
        var scores = Scores(model, query);
        Assert.DoesNotContain(scores, float.IsInfinity);
        if (model is IExplainableModel explainable)
        {
            var contributions = new float[query.History.Length];
            for (int item = 0; item < scores.Length; item++)
            {
                explainable.Explain(query, item, contributions);
                if (!float.IsNaN(scores[item])) Assert.All(contributions, c => Assert.True(float.IsFinite(c)));
            }
        }
        if (model is IRatingModel ratings)
        {
            var values = new float[scores.Length];
            ratings.Predict(query, [.. Enumerable.Range(0, scores.Length)], values);
            Assert.All(values, value => Assert.True(float.IsFinite(value)));
        }
        if (model is IEmbeddingModel embedded)
        {
            var embedding = new float[embedded.ItemEmbeddings.Columns];
            if (embedded.TryEmbed(query, embedding)) Assert.All(embedding, value => Assert.True(float.IsFinite(value)));
            Assert.True(embedded.ItemEmbeddings.Values.Span.IndexOfAny(float.NaN, float.PositiveInfinity, float.NegativeInfinity) < 0);
        }
        if (model is IItemFoldIn foldIn)
        {
            var embedding = new float[foldIn.ItemEmbeddings.Columns];
            float[] weights = query.Weights.Length < 2 ? [1, 1] : query.Weights.Span[..2].ToArray();
            if (foldIn.TryEmbedItem([1, 2], weights, embedding)) Assert.All(embedding, value => Assert.True(float.IsFinite(value)));
        }
    }

    /// <summary>Tables beyond what an array or the memory holds are refused before they are made; of a few rows they may be made.</summary>
    [Theory]
    [InlineData(300_000)]
    [InlineData(2_000_000_000)]
    public void So_many_dimensions_are_refused_in_a_sentence(int dimensions)
    {
        if (!TrainerOptions.Of(Trainer).ContainsKey("dimensions"))
        {
            Assert.Skip("It does not apply to this model.");
            return;
        }
        var large = Of(9_000, 9_000, [(0, 0, 1), (8_999, 8_999, 1)]);
        string refusal = Assert.Throws<InputException>(() => With(("dimensions", dimensions)).Train(large, Context())).Message;
        Assert.Matches("^Dimensions (= [0-9]+ needs .* GiB|must be <= )", refusal);
    }
}
