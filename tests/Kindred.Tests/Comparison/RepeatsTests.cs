using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

/// <summary>What is bought again: measured, compared, published and served alike.</summary>
public sealed class RepeatsTests
{
    // everybody buys their own staple again and again, and something else now and then
    private static Interactions Staples(int users = 200) => EventList.Of(
        from user in Enumerable.Range(0, users)
        from n in Enumerable.Range(0, 10)
        let staple = user % 7
        let item = n % 3 == 2 ? $"other {((user * 31) + n) % 40}" : $"staple {staple}"
        select ($"u{user}", item, (100L * n) + user, 1f));

    [Fact]
    public void Repeats_are_measured_where_they_are_allowed_by_hand()
    {
        var all = EventList.Parse("ann: tea jam tea", "bob: tea jam jam salt");
        var train = all.Where([true, true, false, true, true, false, false]);
        var test = all.Where([false, false, true, false, false, true, true]);
        var without = Holdout.Of(train, test, "By hand. Repeated items are excluded.");
        Assert.Equal((2, 1, 1, false), (without.RepeatsLeftOut, without.Test.Histories.Count, without.TestUsers, without.AllowsRepeats));

        var with = without.WithRepeats();
        Assert.Equal((0, 3, 2, true), (with.RepeatsLeftOut, with.Test.Histories.Count, with.TestUsers, with.AllowsRepeats));
        Assert.Equal("By hand. Repeated items are recommended, and measured.", with.Protocol);
        Assert.Equal(1, with.ColdItemTestEvents); // salt

        // popularity: tea and jam (2 users each); ann wants tea, bob jam and salt
        var report = Evaluator.Evaluate(
            "popularity", new Popularity().Train(train, new()).AsPipeline(allowRepeats: true), with, new() { Metrics = [new Recall(2)] });
        Assert.Equal((1 + .5) / 2, report.Of("Recall@2").Mean, 12);
        Assert.True(report.Counts.AllowsRepeats);
    }

    [Fact]
    public void Provided_parts_that_overlap_are_no_leak_where_repeats_are_wanted()
    {
        var all = EventList.Parse("ann: tea jam tea");
        var holdout = Holdout.Given(all.Where([true, true, false]), all.Where([false, false, true]), "Provided.");
        Assert.Contains(holdout.Warnings, warning => warning.StartsWith("The provided parts overlap", StringComparison.Ordinal));
        Assert.DoesNotContain(
            holdout.WithRepeats().Warnings, warning => warning.StartsWith("The provided parts overlap", StringComparison.Ordinal));
    }

    [Fact]
    public void A_comparison_with_repeats_publishes_a_snapshot_that_recommends_them()
    {
        using var folder = new TemporaryFolder();
        var data = Staples();
        var options = new ComparisonOptions { AllowRepeats = true, Splitter = new LeaveLastOut() };
        var trainer = new ImplicitAls { Dimensions = 8, Regularization = .03f, UnobservedWeight = .1f };
        var choice = ModelComparison.Run(data, options, [trainer], TestContext.Current.CancellationToken);
        Assert.Equal("implicit-als", choice.Main.Winner.Spec.TrainerName); // popularity does not know whose staple is which
        Assert.True(choice.Main.Counts.AllowsRepeats);
        Assert.Equal(0, choice.Main.Counts.RepeatsLeftOut);

        var trained = choice.Winner.Train(data, TestContext.Current.CancellationToken);
        using var published = Recommender.Open(trained.Publish(folder.Path));
        using var inMemory = Recommender.From(trained);
        for (int user = 0; user < 20; user++)
        {
            var answer = published.Recommend($"u{user}", 3, TestContext.Current.CancellationToken);
            Assert.True(data.Users.TryGetIndex($"u{user}", out int index));
            var had = data.Histories.ItemsOf(index).ToArray().Select(data.Items.Id).ToHashSet();
            Assert.Contains(answer.Items, item => had.Contains(item.ItemId));
            Assert.Equal(
                answer.Items.Select(item => item.ItemId),
                inMemory.Recommend($"u{user}", 3, TestContext.Current.CancellationToken).Items.Select(item => item.ItemId));
        }
        // what a library before this one could read wrongly has a format that it refuses
        Assert.Contains("\"formatVersion\": 4", File.ReadAllText(
            Path.Combine(Snapshot.Find(folder.Path), "manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_them_nothing_of_the_history_is_recommended()
    {
        var data = Staples();
        using var recommender = Recommender.From(data, new ItemKnn().Train(data, new()), new Popularity().Train(data, new()));
        Assert.DoesNotContain(
            recommender.Recommend("u3", 50, TestContext.Current.CancellationToken).Items, item => item.ItemId == "staple 3");
    }

    [Fact]
    public void Sampled_negatives_do_not_go_with_repeats()
    {
        var holdout = new LeaveLastOut().Split(Staples()).Final.WithRepeats();
        Assert.Contains("do not go with repeats",
            Assert.Throws<InputException>(() => new ComparisonOptions { SampledNegatives = 5 }.Check(holdout)).Message);
    }
}
