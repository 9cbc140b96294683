using Kindred.Comparison;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Retrieval;
using Kindred.Snapshots;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Comparison;

public sealed class ModelComparisonTests
{
    /// <summary>
    /// Users in four groups, each of which has twelve items of its own; each user takes eight of them, in random order. Personal models
    /// know the group and so the items that are left; popularity does not.
    /// </summary>
    private static Interactions Groups(int users = 200) => Interactions.FromEvents(
        from user in Enumerable.Range(0, users)
        from taken in Shuffled(user).Take(8).Index()
        select (user, item: taken.Item, place: taken.Index),
        e => ($"u{e.user}", $"{"abcd"[e.user % 4]}{e.item}", DateTimeOffset.UnixEpoch.AddMinutes((e.place * 1000) + e.user)));

    private static int[] Shuffled(int user)
    {
        int[] items = [.. Enumerable.Range(0, 12)];
        new Rng(7).Fork("user", user).Shuffle<int>(items);
        return items;
    }

    [Fact]
    public void The_door_compares_chooses_trains_and_publishes()
    {
        using var folder = new TemporaryFolder();
        var data = Groups();
        var result = ModelComparison.Run(data, new ItemKnn(), new ImplicitAls { Dimensions = 4 });
        Assert.Equal(["implicit-als:dimensions=4", "item-knn", "popularity"], result.Models.Select(m => m.Name).Order());
        Assert.Equal("popularity", result.Baseline.Name);
        Assert.All(result.Models, m => Assert.Equal(m.Name == "popularity", m.Verdict is null));
        Assert.True(result.IsPersonal, result.Advice);
        Assert.StartsWith($"Use {result.Winner.Name}. It beats popularity by ", result.Advice);

        var trained = result.Winner.Train(data, TestContext.Current.CancellationToken);
        using var snapshot = Snapshot.Open(trained.Publish(folder.Path));
        Assert.Equal(
            (result.Winner.Model.TrainerName, "popularity"), (snapshot.Manifest.Model.Trainer, snapshot.Manifest.Fallback.Trainer));
        Assert.Equal(
            (data.Origin.Fingerprint, data.Histories.Count), (snapshot.Manifest.Model.Fingerprint, snapshot.Manifest.Model.Events));
        Assert.Equal(result.Report.Leaderboard.Winner, (string?)snapshot.Manifest.Report!["leaderboard"]!["winner"]);
        using var published = Recommender.From(snapshot);
        using var inMemory = Recommender.From(trained);
        foreach (string user in (string[])[data.Users.Id(0), "nobody"])
        {
            var expected = published.Recommend(user, count: 5, cancellationToken: TestContext.Current.CancellationToken);
            Assert.NotEmpty(expected.Items);
            Assert.Equal(expected.Items.Select(i => (i.ItemId, i.Score, i.Source)),
                inMemory.Recommend(user, count: 5, cancellationToken: TestContext.Current.CancellationToken).Items.Select(i =>
                    (i.ItemId, i.Score, i.Source)));
            Assert.Equal(expected.Reason, inMemory.Recommend(user, count: 5,
                cancellationToken: TestContext.Current.CancellationToken).Reason);
        }
    }

    /// <summary>Two models of three and four epochs; the second one's last report says that it is done.</summary>
    [Fact]
    public void A_program_is_told_how_far_each_model_is()
    {
        var told = new List<TrainingProgress>();
        var options = new ComparisonOptions { Workers = 1, Progress = new Listener(told.Add) };
        ITrainer[] trainers = [new ImplicitAls { Dimensions = 4, Epochs = 3 }, new Bpr { Dimensions = 4, Epochs = 4 }];
        ModelComparison.Run(Groups(40), options, trainers, TestContext.Current.CancellationToken);
        var epochs = told.Where(progress => progress.Step == "epoch").ToLookup(progress => progress.Activity, progress => progress.Done);
        Assert.Equal([1, 2, 3], epochs["Training implicit-als:dimensions=4,epochs=3"].Distinct().Order());
        Assert.Equal([1, 2, 3, 4], epochs["Training bpr:dimensions=4,epochs=4"].Distinct().Order());
    }

    private sealed class Listener(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => tell(value);
    }

    [Fact]
    public void Without_trainers_those_that_suit_the_data_are_compared()
    {
        var data = Groups();
        var train = new TimeOrRandomSplit().Split(data).Final.Train;
        Assert.Equal(
            Shortlist.For(train).Entries.Select(e => e.Name).Order(), ModelComparison.Run(data).Models.Select(m => m.Name).Order());
    }

    /// <summary>The door is what its steps give.</summary>
    [Fact]
    public void Each_model_is_measured_as_it_is_served()
    {
        var holdout = new GlobalTimeSplit().Split(Groups()).Final;
        var comparison = ModelComparison.On(holdout, [ModelSpec.Parse("item-knn")], new(), TestContext.Current.CancellationToken);
        var served = new ItemKnn().Train(holdout.Train, new()).AsPipeline(fallback: new Popularity().Train(holdout.Train, new()));
        var expected = Evaluator.Evaluate("item-knn", served, holdout).Of("NDCG@10");
        Assert.Equal(expected, comparison.Models.Single(m => m.Name == "item-knn").Report.Of("NDCG@10"));
    }

    [Fact]
    public void With_few_known_users_personal_models_are_compared_on_last_events()
    {
        var result = ModelComparison.Run(Groups(40), new ItemKnn());
        Assert.NotNull(result.KnownUsers);
        Assert.StartsWith("Leave last out", result.Personal.Baseline.Report.Protocol);
        Assert.Null(ModelComparison.Run(Groups(), new ItemKnn()).KnownUsers);
    }

    [Fact]
    public void The_advice_has_one_verdict_on_personal_models()
    {
        var few = ModelComparison.Run(Groups(20), new ItemKnn());
        Assert.Equal(
            "Use popularity. Whether a personal model is better is undecided: 20 users were measured, and a verdict needs at least 30.",
            few.Advice);
        var random = Interactions.FromEvents(
            from user in Enumerable.Range(0, 40) from item in Shuffled(user).Take(8).Index() select (user, item),
            e => ($"u{e.user}", $"{e.item.Item}", DateTimeOffset.UnixEpoch.AddMinutes((e.item.Index * 1000) + e.user)));
        var none = ModelComparison.Run(random, new ItemKnn());
        Assert.Equal("Use popularity. No personal model is significantly better on each user's last event.", none.Advice);
    }

    [Fact]
    public void Equal_seeds_give_equal_numbers_at_any_number_of_threads()
    {
        double[] NumbersWith(int workers) =>
            [.. ModelComparison.Run(Groups(), new() { Workers = workers, Seed = 7 }, [new ItemKnn()]).Models.Select(m =>
                m.Report.Of("NDCG@10").Low)];
        Assert.Equal(NumbersWith(1), NumbersWith(3));
    }

    [Fact]
    public void A_choice_that_the_test_part_does_not_confirm_is_withdrawn()
    {
        var split = new LeaveLastOut().Split(Groups());
        var cancellation = TestContext.Current.CancellationToken;
        var choice = ModelComparison.On(split.Tuning, [ModelSpec.Parse("item-knn")], new(), cancellation);
        Assert.Equal("item-knn", choice.Winner.Name);
        Assert.Equal("item-knn", choice.Confirm(split.Final, cancellation).Winner);

        // ten users are too few to confirm anything
        var few = new LeaveLastOut().Split(Groups(10)).Final;
        var confirmed = choice.Confirm(few, cancellation);
        Assert.Equal("popularity", confirmed.Winner);
        Assert.Equal("Use popularity. item-knn was best on the validation part, but the test part does not confirm it.", confirmed.Advice);
    }

    [Fact]
    public void Where_popularity_is_chosen_the_test_part_stays_unread()
    {
        var split = new LeaveLastOut().Split(Groups(10));
        var choice = ModelComparison.On(split.Tuning, [ModelSpec.Parse("item-knn")], new(), TestContext.Current.CancellationToken);
        Assert.Null(choice.Confirm(split.Final, TestContext.Current.CancellationToken).Test);
    }

    [Fact]
    public void What_a_model_needs_of_the_data_is_said_before_any_is_trained()
    {
        var told = new List<TrainingProgress>();
        var options = new ComparisonOptions { Workers = 1, Progress = new Listener(told.Add), Splitter = new RandomSplit() };
        var untimed = Interactions.FromEvents(
            from user in Enumerable.Range(0, 40) from item in Enumerable.Range(user % 5, 6) select (user, item),
            e => ($"{e.user}", $"{e.item}"));
        ITrainer[] trainers = [new ImplicitAls { Dimensions = 4 }, new Popularity { HalfLifeDays = 3 }];
        Assert.Contains("needs the time of each event", Assert.Throws<InputException>(
            () => ModelComparison.Run(untimed, options, trainers, TestContext.Current.CancellationToken)).Message);
        var chosen = new ChosenModel(ModelSpec.For(trainers[0]), ModelSpec.For(trainers[1])) { Options = options };
        Assert.Contains("needs the time of each event", Assert.Throws<InputException>(
            () => chosen.Train(untimed, TestContext.Current.CancellationToken)).Message);
        Assert.Empty(told);
    }

    [Fact]
    public void Reports_keep_the_names_of_their_json()
    {
        var report = ModelComparison.Run(Groups(), new ImplicitAls { Dimensions = 4, Epochs = 2 }).Report;
        var json = System.Text.Json.JsonSerializer.SerializeToNode(report, SealedFolder.Json)!;
        var model = json["models"]!.AsArray().Single(m => (string?)m!["trainer"] == "implicit-als")!.AsObject();
        Assert.Equal("implicit-als:dimensions=4,epochs=2", (string?)model["name"]);
        Assert.Equal(2, model["learningCurve"]!.AsArray().Count);
        foreach (string name in (string[])["options", "seed", "seconds"]) Assert.True(model.ContainsKey(name), name);
    }

    [Fact]
    public void A_comparison_can_be_cancelled() => Assert.Throws<OperationCanceledException>(
        () => ModelComparison.Run(Groups(), new(), [new ItemKnn()], new CancellationToken(true)));

    [Fact]
    public void A_model_that_is_named_twice_is_refused() =>
        Assert.Contains("item-knn is named twice",
            Assert.Throws<InputException>(() => ModelComparison.Run(Groups(), new ItemKnn(), new ItemKnn())).Message);

    [Fact]
    public void An_unknown_attribute_is_named_with_those_there_are()
    {
        var data = Groups().WithUserAttributes([new("u0") { Labels = { ["country"] = ["FR"] } }]);
        Assert.Equal("There is no attribute 'land' to group by; there are country.",
            Assert.Throws<InputException>(() => ModelComparison.Run(
                data, new ComparisonOptions { GroupBy = ["land"] }, cancellationToken: TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Too_few_events_to_compare_on_say_so()
    {
        (string, string)[] views = [("ann", "tea"), ("ann", "honey"), ("bob", "tea")];
        var error = Assert.Throws<InputException>(() => ModelComparison.Run(
            Interactions.FromEvents(views, view => view), new(), [new ItemKnn()], TestContext.Current.CancellationToken));
        Assert.Equal("3 events are too few to compare models on: none is left to be found. Give more, or train one model without a "
            + "comparison.", error.Message);
    }

    [Fact]
    public void A_list_without_a_fallback_does_not_name_one()
    {
        (string, string)[] views = [("ann", "tea"), ("ann", "honey"), ("bob", "tea")];
        var data = Interactions.FromEvents(views, view => view);
        var answer = Recommender.From(data, new ItemKnn().Train(data, new())).Recommend(
            new RecommendRequest { UserId = "zoe" }, TestContext.Current.CancellationToken);
        Assert.Empty(answer.Items);
        Assert.Equal(("model", "unknown user"), (answer.Source, answer.Reason));
    }

    [Fact]
    public void No_events_null_trainers_and_no_folder_are_refused_by_name()
    {
        var none = Interactions.FromEvents(Array.Empty<string>(), id => (id, id));
        Assert.Equal(
            "There are no events to compare models on; give some.",
            Assert.Throws<InputException>(() => ModelComparison.Run(none, new ItemKnn())).Message);
        Assert.Equal("trainers", Assert.Throws<ArgumentNullException>(() => ModelComparison.Run(none, [null!])).ParamName);
        Assert.Equal("trainer", Assert.Throws<ArgumentNullException>(() => ModelSpec.For(null!)).ParamName);
        Assert.Equal("text", Assert.Throws<ArgumentNullException>(() => ModelSpec.Parse(null!)).ParamName);
        Assert.Equal("Model", Assert.Throws<ArgumentNullException>(() => new ChosenModel(null!, ModelSpec.Popularity)).ParamName);
        Assert.Equal("Fallback", Assert.Throws<ArgumentNullException>(() => new ChosenModel(ModelSpec.Popularity, null!)).ParamName);
        var popular = ModelSpec.Popularity.Train(none, new());
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("notes"), "");
        DataFolder.Write(
            folder.File("data"), new("none", [], new Dictionary<string, string>(), ValueKind.None, new(0, 0, 0, 0, 0)), none,
            Catalog.Empty(0), Catalog.Empty(0));
        foreach (var (name, sentence) in new[]
        {
            ("", "The folder to publish into has no name; name one."), (" ", "The folder to publish into has no name; name one."),
            (folder.File("notes"), $"{folder.File("notes")} is a file; name a folder for snapshots."),
            (folder.File("data"), $"{folder.File("data")} is a kindred data folder; name a folder for snapshots."),
        })
            Assert.Equal(sentence,
                Assert.Throws<InputException>(() => new TrainedRecommender(none, popular, popular).Publish(name)).Message);
    }
}
