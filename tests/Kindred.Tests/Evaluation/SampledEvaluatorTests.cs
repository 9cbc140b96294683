using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class SampledEvaluatorTests
{
    // Items a … f = 0 … 5. ann had a, then b; bob had a and c, then d.
    private static Holdout Tiny()
    {
        var all = EventList.Parse("ann: a b", "bob: a c d", "cid: e f");
        return Holdout.Of(all.Where([true, false, true, true, false, true, true]),
            all.Where([false, true, false, false, true, false, false]), "By hand.");
    }

    [Fact]
    public void Relevant_items_are_ranked_among_the_negatives_alone()
    {
        // The order of all is e c f b d a, f has no score. ann: b among c, e and f → rank 3; bob: d among e → rank 2, c, f and b are not
        // asked for.
        var holdout = Tiny();
        Assert.Equal("a b c d e f", string.Join(' ', Enumerable.Range(0, 6).Select(holdout.Train.Items.Id)));
        var negatives = SampledNegatives.Given(holdout, [new[] { 2, 4, 5 }, new[] { 4 }, default]);
        var model = new Fixed([1, 3, 5, 2, 6, float.NaN]);
        var report = SampledEvaluator.Evaluate(
            "fixed", model, holdout, negatives, new() { Metrics = [new ReciprocalRank(5), new HitRate(2)] });

        Assert.Equal(((1.0 / 3) + (1.0 / 2)) / 2, report.Of("MRRSampled@5").Mean, 12);
        Assert.Equal(.5, report.Of("HitRateSampled@2").Mean, 12);
        var ofLists = SampledEvaluator.Evaluate(
            "lists", new Scripted(_ => [4, 2, 5, 1, 3, 0]), holdout, negatives, new() { Metrics = [new ReciprocalRank(5)] });
        Assert.Equal(((1.0 / 4) + (1.0 / 2)) / 2, ofLists.Of("MRRSampled@5").Mean, 12); // here f has a place, above b
        Assert.Equal("By hand. Relevant items are ranked among the given negatives alone.", report.Protocol);
        Assert.Contains(report.Warnings, warning =>
            warning.StartsWith("Sampled metrics: ", StringComparison.Ordinal) && warning.Contains("KDD 2020"));
        Assert.StartsWith("Among the user's relevant items and the given negatives alone: ", report.Definitions[0].Formula);
        Assert.Empty(report.Catalog);
    }

    [Fact]
    public void Drawn_negatives_are_different_items_that_the_user_never_had_and_the_same_for_the_same_seed()
    {
        var split = new RandomSplit { TestFraction = .2 }.Split(MovieLensSmall.Load());
        var (first, second, other) = (SampledNegatives.Draw(split.Final, 50, 1), SampledNegatives.Draw(split.Final, 50, 1),
            SampledNegatives.Draw(split.Final, 50, 2));
        int differing = 0;
        for (int user = 0; user < split.Test.Users.Count; user++)
        {
            int[] items = first.Of(user).ToArray();
            Assert.Equal(split.Test.Histories.ItemsOf(user).IsEmpty ? 0 : 50, items.Distinct().Count());
            Assert.Empty(items.Intersect(split.Final.Train.Histories.ItemsOf(user).ToArray()));
            Assert.Empty(items.Intersect(split.Test.Histories.ItemsOf(user).ToArray()));
            Assert.Equal(items, second.Of(user).ToArray());
            if (!items.SequenceEqual(other.Of(user).ToArray())) differing++;
        }
        Assert.True(differing > 600);
        Assert.Equal("50 negatives drawn with seed 1", first.Description);
    }

    [Fact]
    public void Fewer_are_drawn_where_there_are_fewer() =>
        Assert.Equal([4, 3, 0], Enumerable.Range(0, 3).Select(user => SampledNegatives.Draw(Tiny(), 99, 0).Of(user).Length));

    [Fact]
    public void Metrics_without_cut_off_are_named_too()
    {
        var holdout = Tiny();
        var report = SampledEvaluator.Evaluate(
            "x", Nothing, holdout, SampledNegatives.Draw(holdout, 2, 0), new() { Metrics = [new RPrecision()] });
        Assert.Equal(0, report.Of("RPrecisionSampled").Mean);
    }

    [Fact]
    public void What_is_no_negative_is_refused()
    {
        var holdout = Tiny();
        Assert.Equal(
            "The negative b of user ann is a test event of that user, or is named twice.",
            Assert.Throws<InputException>(() => SampledNegatives.Given(holdout, [new[] { 1 }, default, default])).Message);
        Assert.Throws<InputException>(() => SampledNegatives.Given(holdout, [new[] { 2, 2 }, default, default]));
        Assert.Throws<ArgumentException>(() => SampledNegatives.Given(holdout, [default]));
        Assert.Equal("The number of negatives must be >= 1, was 0.",
            Assert.Throws<InputException>(() => SampledNegatives.Draw(holdout, 0, 0)).Message);
    }

    [Fact]
    public void Held_out_users_are_refused()
    {
        var all = EventList.Parse("ann: a b", "bob: b c");
        var known = all.Where([true, false, true, true]);
        var holdout = Holdout.Of(all.Where([false, false, true, true]), all.Where([false, true, false, false]), "By hand.", known: known);
        Assert.Contains("holds users out", Assert.Throws<InputException>(() =>
            SampledEvaluator.Evaluate("x", Nothing, holdout, SampledNegatives.Draw(holdout, 1, 0))).Message);
    }

    private static readonly Fixed Nothing = new([.. Enumerable.Repeat(float.NaN, 6)]);
}
