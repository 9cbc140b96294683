using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;
using Kindred.Reranking.Limits;

namespace Kindred.Tests.Pipelines;

public sealed class ExplanationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private sealed class Fixed(params int[] list) : IRetriever
    {
        public int Retrieve(in Query query, Span<int> items, Span<float> scores, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(list.Length, items.Length);
            for (int n = 0; n < count; n++) (items[n], scores[n]) = (list[n], 10 - n);
            return count;
        }
    }

    /// <summary>Doubles the score of one item and says so.</summary>
    private sealed class Doubles(int item) : IExplainingStage
    {
        public void Apply(in Query query, Candidates candidates)
        {
            if (candidates.PlaceOf(item) is >= 0 and int place) candidates.Scores[place] *= 2;
            candidates.Sort();
        }

        public IReadOnlyList<Reason> ReasonsFor(in Query query, Candidates before, int place) =>
            before.Items[place] == item ? [new Reason("doubled", before.Scores[place])] : [];
    }

    private static readonly Pipeline Pipeline = new(
        [new("a", new Fixed(1, 2, 3, 4, 5), 5)], [new Stage("seen", new ExcludeSeen()), new Stage("double", new Doubles(4)), new Stage(
            "keep", new Truncate { Count = 3 }.Bind())]);

    private static readonly Query Asked = new(-1, new[] { 2 });

    /// <summary>a gives 1…5 the scores 10…6; 2 was seen; 4 has 7, doubled 14: 4, 1, 3 are kept, 5 is not.</summary>
    [Fact]
    public void The_way_of_an_item_is_told_step_by_step()
    {
        var explained = Pipeline.Answer(Asked, 2, [], cancellationToken: Token).Explanation!;
        Assert.Equal([4, 1], explained.Items.Select(story => story.Item));
        var four = explained.Items[0];
        Assert.Equal([new SourceTrace("a", 4, 7)], four.Sources);
        Assert.Equal((1, "It is in the list, at rank 1."), (four.Rank, four.Verdict));
        Assert.Equal(["seen", "double"], four.Stages.Select(stage => stage.Stage));
        Assert.Equal((4, 3), (four.Stages[0].RankBefore, four.Stages[0].RankAfter));
        Assert.Equal(
            (3, 1, 7f, 14f), (four.Stages[1].RankBefore, four.Stages[1].RankAfter, four.Stages[1].ScoreBefore, four.Stages[1].ScoreAfter));
        Assert.Equal([new Reason("doubled", 7)], four.Stages[1].Reasons);
        Assert.Equal(Pipeline.Recommend(Asked, 2).Select(c => c.Item), explained.Items.Select(story => story.Item));
    }

    [Theory]
    [InlineData(2, "Removed by seen: the user had it.")]
    [InlineData(5, "Removed by keep: rank 4, and 3 are kept.")]
    [InlineData(3, "Ranked 3 of 3; 2 were asked for.")]
    [InlineData(9, "No source proposed it among its best.")]
    public void Why_not_is_answered_with_the_step_that_decided(int item, string verdict) =>
        Assert.Equal(verdict, Assert.Single(Pipeline.Answer(Asked, 2, [item], cancellationToken: Token).Explanation!.Missing).Verdict);

    [Fact]
    public void What_is_not_allowed_is_said_to_be()
    {
        var query = Asked with { Allowed = BitSet.Of(10, [1, 3]) };
        Assert.Equal("The request does not allow it.", Assert.Single(
            Pipeline.Answer(query, 2, [4], cancellationToken: Token).Explanation!.Missing).Verdict);
        Assert.Empty(Pipeline.Answer(query, 2, [1], cancellationToken: Token).Explanation!.Missing); // it is in the list
    }
}
