using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;
using Kindred.Ranking;
using Kindred.Storage;

namespace Kindred.Tests.Ranking;

public sealed class ModelRankerTests
{
    private static readonly Interactions Data = new(
        new Vocabulary(["u", "v", "w"]), new Vocabulary(["0", "1", "2", "3"]),
        new Histories(new[] { 0, 2, 4, 6 }, new[] { 0, 1, 1, 2, 0, 2 }, default, new float[] { 1, 1, 1, 1, 1, 1 }));

    private static Candidates Ranked(IModel model, Query query, params int[] items)
    {
        var candidates = new Candidates(["x"]);
        candidates.Add(0, items, new float[items.Length]);
        var ranker = new ModelRanker(model);
        for (int round = 0; round < 2; round++) ranker.Apply(query, candidates); // its memory is used again
        return candidates;
    }

    /// <summary>Whether it is asked about the candidates alone or about all items, each has the score that the model gives it.</summary>
    [Theory]
    [InlineData("fm")]
    [InlineData("implicit-als")]
    [InlineData("ease")]
    [InlineData("mf")]
    public void Candidates_have_the_scores_of_the_model(string trainer)
    {
        var model = TrainerCatalog.Default.Create(trainer, []).Train(Data, new());
        for (int user = -1; user < 3; user++)
        {
            var query = user < 0 ? new Query(-1, default) : Query.Of(Data, user);
            var scores = new float[4];
            model.Score(query, scores);
            var ranked = Ranked(model, query, 2, 0, 1);
            for (int place = 0; place < 3; place++) Assert.Equal(scores[ranked.Items[place]], ranked.Scores[place], 1e-5);
            int[] known = [.. ranked.Items.ToArray().Where(item => !float.IsNaN(scores[item]))];
            Assert.Equal(known.OrderByDescending(item => ranked.Scores[ranked.Items.IndexOf(item)]), known);
        }
    }

    [Fact]
    public void What_cannot_be_scored_stands_last_as_it_stood()
    {
        var ranked = Ranked(new Given(.5f, float.NaN, .7f, float.NaN), default, 5, 3, 1, 0, 2); // item 5 came after the model
        Assert.Equal([2, 0, 5, 3, 1], ranked.Items.ToArray());
        Assert.Equal([.7f, .5f, float.NaN, float.NaN, float.NaN], ranked.Scores.ToArray());
        Assert.Equal(0, Ranked(new Given(1), default).Count);
    }

    private sealed class Given(params float[] all) : IModel
    {
        public Vocabulary Items { get; } = new([.. all.Select((_, item) => item.ToString())]);

        public void Score(in Query query, Span<float> scores) => all.CopyTo(scores);

        public void Save(TensorWriter writer) => throw new NotSupportedException();
    }
}
