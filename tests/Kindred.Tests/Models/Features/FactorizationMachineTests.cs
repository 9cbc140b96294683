using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Storage;
using Kindred.Tests.Numerics;
using Kindred.Tests.Support;

namespace Kindred.Tests.Models.Features;

public sealed class FactorizationMachineTests : ModelContract
{
    protected override ITrainer Trainer => new FactorizationMachine { Dimensions = 12, Epochs = 60, LearningRate = .1f };

    // the first factors and the negatives are drawn
    protected override bool IsClosedForm => false;

    private static Catalog Labels(int rows, params ReadOnlySpan<(string Name, string?[] Values)> columns)
    {
        var labels = new Dictionary<string, LabelColumn>();
        foreach (var (name, values) in columns) labels.Add(name, LabelColumn.From(values));
        return Catalog.Empty(rows) with { Labels = labels };
    }

    /// <summary>
    /// Even users like even items, odd ones odd; everybody's own item is withheld. The attribute says which kind; the last two items and
    /// users have no event.
    /// </summary>
    internal static Interactions Described(int size, bool hasContext = false)
    {
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < size - 2; user++)
            for (int item = user % 2; item < size - 2; item += 2)
                if (item != user) triplets.Add((user, item, 1 + (item % 3)));
        string?[] kinds = [.. Enumerable.Range(0, size).Select(n => n % 2 == 0 ? "even" : "odd")];
        var numbers =
            new Dictionary<string, NumberColumn> { ["height"] = new(Enumerable.Range(0, size).Select(n => (float)(n % 7)).ToArray()) };
        var data = Of(size, size, triplets).With(Labels(size, ("kind", kinds)), Labels(size, ("kind", kinds)) with { Numbers = numbers });
        if (!hasContext) return data;
        int[] items = data.Histories.Items.ToArray();
        return data.With(context: Labels(items.Length, ("weather", [.. items.Select(item => item % 4 < 2 ? "sun" : "rain")])));
    }

    [Theory]
    [InlineData("user + item")]
    [InlineData("user + item + user.* + item.* + history + last-item")]
    public void Coordinate_descent_never_raises_the_loss(string features)
    {
        var losses = new List<double>();
        var trainer = new FactorizationMachine
        {
            Features = features,
            Loss = FactorizationLoss.Squared,
            Solver = FactorizationSolver.Coordinate,
            Dimensions = 5,
            Epochs = 15,
            Regularization = .02f,
            LinearRegularization = .01f,
        };
        trainer.Train(Described(30), Context() with { Progress = new Listener(losses) });
        Assert.Equal(15, losses.Count);
        for (int n = 1; n < losses.Count; n++) Assert.True(losses[n] <= losses[n - 1] * (1 + 1e-5), string.Join(' ', losses));
        Assert.True(losses[^1] < losses[0], string.Join(' ', losses));
    }

    public static TheoryData<FactorizationLoss, FactorizationSolver> Ways => new()
    {
        { FactorizationLoss.Logistic, FactorizationSolver.Gradient },
        { FactorizationLoss.Bpr, FactorizationSolver.Gradient },
        { FactorizationLoss.Squared, FactorizationSolver.Gradient },
        { FactorizationLoss.Squared, FactorizationSolver.Coordinate },
        { FactorizationLoss.Squared, FactorizationSolver.Gibbs },
    };

    private static FactorizationMachine Everything(FactorizationLoss loss, FactorizationSolver solver) => new()
    {
        Features = "user + item + user.* + item.* + context.* + last-item + history",
        Loss = loss,
        Solver = solver,
        Dimensions = 6,
        Epochs = 4,
    };

    [Theory, MemberData(nameof(Ways))]
    public void Same_bits_at_any_number_of_threads_with_all_features(FactorizationLoss loss, FactorizationSolver solver)
    {
        var data = Described(60, hasContext: true);
        var trainer = Everything(loss, solver);
        var one = Bytes(trainer.Train(data, Context(1)));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(2))));
        Assert.Equal(one, Bytes(trainer.Train(data, Context(4))));
        Assert.NotEqual(one, Bytes(trainer.Train(data, Context(2) with { Seed = 1 })));
    }

    [Theory, MemberData(nameof(Ways))]
    public void The_factored_score_is_that_of_the_whole_row(FactorizationLoss loss, FactorizationSolver solver)
    {
        var data = Described(24, hasContext: true);
        var trained = Everything(loss, solver).Train(data, Context());
        var model = trained as FactorizationModel ?? ((FactorizationRatings)trained).Inner;
        const int User = 3;
        var query = Query.Of(
            data, User) with
        { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["weather"] = ["rain"] } } };
        float[] scores = Scores(trained, query), embedding = new float[model.ItemEmbeddings.Columns];
        Assert.True(model.TryEmbed(query, embedding));
        foreach (int item in new[] { 7, 2 }) Assert.Equal(scores[item], Kernels.Dot(model.ItemEmbeddings.Row(item), embedding), 1e-4f);
        var rows = model.Space.ItemRows(data);
        for (int item = 0; item < data.Items.Count; item++)
        {
            var (columns, values) = (new List<int>(), new List<float>());
            foreach (var field in model.Space.Fields)
            {
                switch (field.Source)
                {
                    case FeatureSource.User: field.Add([User], [], columns, values); break;
                    case FeatureSource.UserAttribute: field.Add(data.UserAttributes.Labels["kind"][User], [], columns, values); break;
                    case FeatureSource.Context:
                        field.Add(
                        [field.Labels!.TryGetIndex("rain", out int rain) ? rain : -1], [], columns, values); break;
                    case FeatureSource.LastItem: field.Add([query.History.Span[^1]], [], columns, values); break;
                    case FeatureSource.History: field.Add(query.History.Span, [], columns, values); break;
                }
            }
            columns.AddRange(rows.ColumnsOf(item));
            values.AddRange(rows.ValuesOf(item));
            double expected = model.Machines.Average(machine =>
                machine.Table.Intercept + FactorizationStepsTests.Slow(machine.Table, [.. columns], [.. values]));
            Assert.Equal(expected, scores[item], 1e-3);
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public void Items_and_users_without_an_event_are_scored_by_their_attributes(FactorizationLoss loss, FactorizationSolver solver)
    {
        if (loss == FactorizationLoss.Squared) return; // all like what they rate alike: see the test of ratings
        var data = Described(40);
        var trainer = new FactorizationMachine
        {
            Loss = loss,
            Solver = solver,
            Dimensions = 8,
            Epochs = 40,
            Dropout = .5f,
            LearningRate = .1f
        };
        var model = trainer.Train(data, Context());
        var ofKnown = Scores(model, Query.Of(data, 4));
        Assert.True(ofKnown[38] > ofKnown[39], $"{ofKnown[38]} {ofKnown[39]}"); // even, odd; nobody had them
        foreach (var query in new Query[] { new(38, default), OfKind("even") })
        {
            var scores = Scores(model, query);
            Assert.True(scores[38] > scores[39] && scores[10] > scores[11], string.Join(' ', scores));
        }
        Assert.True(Scores(model, OfKind("odd"))[38] < Scores(model, OfKind("odd"))[39]);

        static Query OfKind(string kind) =>
            new(-1, default) { Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["user.kind"] = [kind] } } };
    }

    [Fact]
    public void A_context_changes_the_order()
    {
        var data = Described(40, hasContext: true);
        var model = new FactorizationMachine
        {
            Features = "item + context.*",
            Dimensions = 4,
            Epochs = 40,
            ContextNegatives = true,
            LearningRate = .1f
        }
            .Train(data, Context());
        float[] In(string weather) => Scores(model, new(-1, default)
        {
            Context = new() { Labels = new Dictionary<string, IReadOnlyList<string>> { ["weather"] = [weather] } },
        });
        // items 0 and 1 of 4 are had in the sun, 2 and 3 in the rain
        Assert.True(
            In("sun")[4] > In("sun")[6] && In("rain")[4] < In("rain")[6], $"{In("sun")[4]} {In("sun")[6]} {In("rain")[4]} {In("rain")[6]}");
        Assert.All(Scores(model, new(-1, default)), score => Assert.True(float.IsNaN(score)));
    }

    [Fact]
    public void Hours_and_weekdays_are_those_of_utc()
    {
        // 1970-01-01 was a Thursday, Monday being 0; 1969-12-31 23:00 a Wednesday; 2024-02-29 13:37:00 UTC (1709213820) a Thursday
        Assert.Equal([0, 23, 13], new[] { 0L, -3600, 1_709_213_820 }.Select(FeatureValues.HourOf));
        Assert.Equal([3, 2, 3], new[] { 0L, -3600, 1_709_213_820 }.Select(FeatureValues.WeekdayOf));
    }

    [Theory, MemberData(nameof(Ways))]
    public void Folding_a_user_in_ranks_nearly_as_training_him_does(FactorizationLoss loss, FactorizationSolver solver)
    {
        if (loss == FactorizationLoss.Squared) return;
        var board = Checkerboard(50);
        var model = new FactorizationMachine { Loss = loss, Solver = solver, Dimensions = 8, Epochs = 60, LearningRate = .1f }.Train(
            board, Context());
        for (int user = 0; user < 50; user++)
        {
            int[] half = board.Histories.ItemsOf(user).ToArray()[..12];
            var scores = Scores(model, new(-1, half));
            int best = Enumerable.Range(0, 50).Where(item => !half.Contains(item)).MaxBy(item => scores[item]);
            Assert.Equal(user % 2, best % 2);
        }
    }

    [Fact]
    public void Hashed_columns_share_a_small_table_and_still_tell_kinds_apart()
    {
        var data = Described(40);
        var trainer = new FactorizationMachine { HashBits = 9, Dimensions = 8, Epochs = 30, LearningRate = .1f };
        var model = (FactorizationModel)trainer.Train(data, Context());
        Assert.Equal(512, model.Machines[0].Table.Columns);
        var scores = Scores(model, Query.Of(data, 4));
        Assert.True(scores[38] > scores[39], $"{scores[38]} {scores[39]}");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        Assert.Equal(scores, Scores(FactorizationMachine.Load(file, data.Items), Query.Of(data, 4)));
    }

    [Fact]
    public void A_model_that_goes_on_keeps_what_it_knew_and_learns_who_came_in()
    {
        var data = Described(50);
        var first = data.Where([.. Enumerable.Range(0, data.Histories.Count).Select(e => e < data.Histories.Starts.Span[40])]);
        var trainer = new FactorizationMachine { Dimensions = 8, Epochs = 20, LearningRate = .1f };
        var model = trainer.Train(first, Context());
        var continued = (trainer with { Epochs = 1, LearningRate = 1e-6f }).ContinueFrom(model, data, Context());
        float[] before = Scores(model, Query.Of(first, 4)), after = Scores(continued, Query.Of(data, 4));
        for (int item = 0; item < before.Length; item++) Assert.Equal(before[item], after[item], .02f);
        Assert.Throws<InputException>(() => trainer.ContinueFrom(new Popularity().Train(data, Context()), data, Context()));
        Assert.Throws<InputException>(() => (trainer with { Dimensions = 40 }).ContinueFrom(model, data, Context()));
        Assert.Throws<InputException>(() => trainer.ContinueFrom(model, Of(50, 3, [(0, 0, 1)]), Context()));
    }

    [Fact]
    public void A_model_of_ratings_predicts_them_and_says_something_of_unknown_items()
    {
        // user u rates item i with 3 + (u even ? 1 : −1) · (i even ? 1 : −1): a rank-one interaction, mean 3
        var triplets = new List<(int, int, float)>();
        for (int user = 0; user < 30; user++)
            for (int item = 0; item < 20; item++)
                if ((user + item) % 5 != 0) triplets.Add((user, item, user % 2 == item % 2 ? 4 : 2));
        var data = Of(30, 21, triplets);
        var trainer = new FactorizationMachine
        {
            Loss = FactorizationLoss.Squared,
            Solver = FactorizationSolver.Coordinate,
            Dimensions = 2,
            Epochs = 30,
            Regularization = .001f,
        };
        var model = (IRatingModel)trainer.Train(data, Context());
        var scores = Scores(model, Query.Of(data, 0));
        Assert.Equal(4, scores[10], .1);
        Assert.Equal(2, scores[5], .1);
        Assert.True(float.IsNaN(scores[20]));
        Assert.Equal(3, model.FallbackScore(Query.Of(data, 0)), .2);
        // somebody who rates as even users do, folded in
        Assert.Equal(4, Scores(model, new(-1, new[] { 1, 2, 3, 6 }, new[] { 2f, 4, 2, 4 }))[10], .3);
    }

    [Theory]
    [InlineData("user + itm",
        "There is no feature 'itm'; did you mean item?")]
    [InlineData("user + item.blurb",
        "There is no feature 'item.blurb'; there are user, item, hour, weekday, last-item, history, user.kind, "
        + "item.kind, item.height, history.kind, history.height.")]
    [InlineData("user", "Features must name something of the item, such as item, was 'user'.")]
    [InlineData("item + hour", "The features hour and weekday need the time of each event, and this data has none; leave them out.")]
    public void Features_that_are_not_there_are_refused(string features, string message) => Assert.Equal(
        message,
        Assert.Throws<InputException>(() => new FactorizationMachine { Features = features }.Train(Described(10), Context())).Message);

    [Fact]
    public void Attributes_of_the_history_are_refused() => Assert.Equal(
        "A factorization machine has no attributes of the history, such as history.kind; leave them out, or train two-tower.",
        Assert.Throws<InputException>(() =>
            new FactorizationMachine { Features = "item + history.*" }.Train(Described(10), Context())).Message);

    [Fact]
    public void Items_without_an_event_are_found_by_the_words_of_their_texts()
    {
        var data = Described(20);
        var texts =
            new TextColumn(StringTable.From([.. Enumerable.Range(0, 20).Select(n => n % 2 == 0 ? $"Even number {n}" : $"Odd one, {n}")]));
        data = data.With(itemAttributes: Catalog.Empty(20) with { Texts = new Dictionary<string, TextColumn> { ["title"] = texts } });
        var model = new FactorizationMachine
        {
            Features = "user + item + item.title",
            Dropout = .5f,
            Epochs = 60,
            LearningRate = .1f
        }.Train(data, Context());
        var scores = Scores(model, Query.Of(data, 4));
        Assert.True(scores[18] > scores[19], $"{scores[18]} {scores[19]}");
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model"), Bytes(model));
        using var file = TensorFile.Open(folder.File("model"));
        Assert.Equal(scores, Scores(FactorizationMachine.Load(file, data.Items), Query.Of(data, 4)));
    }

    public static TheoryData<string, string> Refused => new()
    {
        { """{"dimensions":-1}""", "dimensions must be at least 0, was -1." },
        { """{"epochs":0}""", "epochs must be at least 1, was 0." },
        { """{"learningRate":0}""", "learningRate must be above 0, was 0." },
        { """{"learningRateDecay":1.5}""", "learningRateDecay must be above 0 and at most 1, was 1.5." },
        { """{"regularization":-1}""", "regularization must be at least 0, was -1." },
        { """{"linearRegularization":-1}""", "linearRegularization must be at least 0, was -1." },
        { """{"frequencyExponent":2}""", "frequencyExponent must be 0 to 1, was 2." },
        { """{"negativeCount":0}""", "negativeCount must be at least 1, was 0." },
        { """{"dropout":1}""", "dropout must be at least 0 and below 1, was 1." },
        { """{"historyLength":0}""", "historyLength must be at least 1, was 0." },
        { """{"hashBits":40}""", "hashBits must be 0 to 28, was 40." },
        { """{"solver":"coordinate"}""", "The solver coordinate needs the loss squared; use the solver gradient." },
        { """{"solver":"gibbs"}""", "The solver gibbs needs the loss squared; use the solver gradient." },
        { """{"draws":0}""", "draws must be 1 to 1,000, was 0." },
        {
            """{"solver":"coordinate","loss":"squared","hashBits":4}""",
            "The solver coordinate works without HashBits and Dropout; use the solver gradient."
        },
    };

    [Theory, MemberData(nameof(Refused))]
    public void Options_out_of_range_are_refused(string options, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() =>
        TrainerCatalog.Default.Create("fm", System.Text.Json.Nodes.JsonNode.Parse(options)!.AsObject())
            .Train(Checkerboard(4), Context())).Message);

    [Fact]
    public void Steps_that_are_too_long_are_an_error_and_not_a_model_of_nothing() => Assert.StartsWith("The loss is not finite after epoch",
        Assert.Throws<InputException>(() => new FactorizationMachine
        {
            Loss = FactorizationLoss.Squared,
            AdaptiveRate = false,
            LearningRate = 1e6f,
        }.Train(Described(20), Context())).Message);

    private sealed class Listener(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss!.Value);
    }
}
