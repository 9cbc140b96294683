using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

public sealed class CandidatesTests
{
    private static Candidates Two()
    {
        var candidates = new Candidates(["a", "b"]);
        candidates.Add(0, [5, 6, 7], [3f, 2f, 1f]);
        candidates.Add(1, [7, 8], [.9f, .8f]);
        return candidates;
    }

    [Fact]
    public void Every_source_that_proposed_an_item_is_remembered()
    {
        var candidates = Two();
        Assert.Equal([5, 6, 7, 8], candidates.Items.ToArray());
        Assert.Equal((3, 1), (candidates.RankIn(2, 0), candidates.RankIn(2, 1)));
        Assert.Equal((1f, .9f), (candidates.SourceScore(2, 0), candidates.SourceScore(2, 1)));
        Assert.Equal(0, candidates.RankIn(0, 1));
        Assert.Equal(float.NaN, candidates.SourceScore(3, 0));
        Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, 4).Select(candidates.BestSourceOf));
    }

    /// <summary>7 is third of a and first of b, 8 second of b alone.</summary>
    [Fact]
    public void Ranks_count_by_the_weight_of_their_source()
    {
        var candidates = new Candidates(["a", "b"], weights: [3, .5f]);
        candidates.Add(0, [5, 6, 7], [3f, 2f, 1f]);
        candidates.Add(1, [7, 8], [.9f, .8f]);
        candidates.Fuse();
        Assert.Equal([3f / 61, 3f / 62, (3f / 63) + (.5f / 61), .5f / 62], candidates.Scores.ToArray());
        candidates.Sort();
        Assert.Equal([7, 5, 6, 8], candidates.Items.ToArray());
    }

    [Fact]
    public void Of_an_included_item_no_source_said_anything()
    {
        var candidates = new Candidates(["a", "b"]);
        candidates.Add(1, [7, 3], [.5f, .4f]);
        candidates.Include([3, 9, 9]);
        Assert.Equal([7, 3, 9], candidates.Items.ToArray());
        Assert.Equal([2, 0], [candidates.RankIn(1, 1), candidates.RankIn(2, 1)]);
        Assert.Equal(float.NaN, candidates.SourceScore(2, 1));
        candidates.Add(0, [9], [2f]);
        Assert.Equal(2f, candidates.SourceScore(2, 0));
    }

    [Fact]
    public void What_has_no_score_stands_last_as_it_stood_and_equal_scores_by_item()
    {
        var candidates = new Candidates(["a"]);
        candidates.Add(0, [8, 5, 4, 2, 9], [0, 0, 0, 0, 0]);
        new float[] { float.NaN, 1, float.NaN, 1, 3 }.CopyTo(candidates.Scores);
        candidates.Sort();
        Assert.Equal([9, 2, 5, 8, 4], candidates.Items.ToArray());
    }

    [Fact]
    public void What_is_known_of_an_item_moves_with_it()
    {
        var candidates = Two();
        new float[] { 1, 4, 3, 4 }.CopyTo(candidates.Scores);
        candidates.Sort();
        Assert.Equal([6, 8, 7, 5], candidates.Items.ToArray());
        candidates.KeepWhere(place => candidates.Items[place] != 8);
        Assert.Equal([6, 7, 5], candidates.Items.ToArray());
        Assert.Equal((2, 0), (candidates.RankIn(0, 0), candidates.RankIn(0, 1)));
        candidates.Reorder([2, 1]);
        Assert.Equal([new(5, 1f, "a"), new Candidate(7, 3f, "b")], candidates.ToList());
        candidates.Truncate(1);
        candidates.Add(1, [7, 5], [2f, 1f]); // 7 comes again, as new
        Assert.Equal([5, 7], candidates.Items.ToArray());
        Assert.Equal((1, 2, 0), (candidates.RankIn(0, 0), candidates.RankIn(0, 1), candidates.RankIn(1, 0)));
        candidates.Clear();
        Assert.Equal(0, candidates.Count);
        candidates.Add(0, [7], [1f]);
        Assert.Equal(0, candidates.RankIn(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => candidates.RankIn(1, 0));
    }

    [Fact]
    public void Propensities_are_there_once_something_was_drawn_and_move_with_their_items()
    {
        var candidates = Two();
        Assert.Equal(0, candidates.Propensities.Length);
        Assert.Null(candidates.ToList()[0].Propensity);
        candidates.BeginPropensities();
        candidates.Propensities[1] = .5f;
        candidates.Reorder([2, 1]);
        Assert.Equal([1, .5f], candidates.Propensities.ToArray());
        Assert.Equal([1, .5f], candidates.ToList().Select(c => c.Propensity!.Value));
        candidates.Truncate(1);
        Assert.Equal(1, candidates.Propensities.Length);
        candidates.Add(0, [9], [1f]); // what is added was not there to be drawn
        Assert.Equal(0, candidates.Propensities.Length);
        candidates.BeginPropensities();
        candidates.Clear();
        Assert.Equal(0, candidates.Propensities.Length);
    }
}
