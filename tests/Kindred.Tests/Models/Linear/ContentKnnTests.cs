using Kindred.Data;
using Kindred.Models;

namespace Kindred.Tests.Models.Linear;

public sealed class ContentKnnTests : ModelContract
{
    protected override ITrainer Trainer => new ContentKnn { Exponent = 1 };

    // the board of the contract, told by labels: items of one kind are alike
    protected override Interactions Board(int size)
    {
        var board = base.Board(size);
        // the user's own item is the most like their others: it shares a label with each of them
        string[][] labels = [.. Enumerable.Range(0, size).Select(item => Enumerable.Range(0, size)
            .Where(other => other % 2 == item % 2).Select(other => $"{Math.Min(other, item)} {Math.Max(other, item)}").ToArray())];
        return board.With(itemAttributes: Labels(labels));
    }

    // a label that stays where items get other numbers, and that an item without users does not have
    protected override Interactions Described(Interactions data) => !data.ItemAttributes.IsEmpty ? data : data.With(itemAttributes: Labels(
        [.. data.CountUsersOfItems().Select(users => users == 0 ? Array.Empty<string>() : [users % 2 == 0 ? "even" : "odd"])]));

    internal static Catalog Labels(params string[][] labels) =>
        Catalog.Empty(labels.Length) with { Labels = new Dictionary<string, LabelColumn> { ["tags"] = LabelColumn.From(labels) } };

    [Fact]
    public void An_item_without_events_is_found_by_what_it_shares()
    {
        // x: 3 of 4 items, ln(5/3) = .5108; y: 2, ln(5/2) = .9163; of length 1: item 0 (.4869, .8735), item 1 (1, 0), item 3 (0, 1)
        var data = Of(2, 4, [(0, 0, 1), (1, 1, 1)]).With(itemAttributes: Labels(["x", "y"], ["x"], ["x"], ["y"]));
        float[] scores = Scores(new ContentKnn { Exponent = 1 }.Train(data, Context()), Query.Of(data, 0));
        Assert.Equal([.4869f, .4869f, .8735f], scores[1..], (a, b) => Math.Abs(a - b) < 1e-4f);
        Assert.Equal(.8734f * .8734f, Scores(new ContentKnn { Exponent = 2 }.Train(data, Context()), Query.Of(data, 0))[3], 1e-4f);
    }

    [Theory, InlineData("content-knn"), InlineData("marec")]
    public void Nothing_is_trained_by_name_on_items_of_which_nothing_is_known(string name)
    {
        var data = Of(2, 4, [(0, 0, 1), (1, 1, 1)]);
        Assert.Contains("finds items by their attributes, and these data have none",
            Assert.Throws<InputException>(() => ModelSpec.Parse(name).Train(data, Context())).Message, StringComparison.Ordinal);
        var described = data.With(itemAttributes: Labels(["x", "y"], ["x"], ["x"], ["y"]));
        Assert.Equal("There is no feature 'item.tgs'; did you mean item.tags?", Assert.Throws<InputException>(
            () => ModelSpec.Parse($"{name}:features=item.tgs").CheckFor(described)).Message);
    }

    [Fact]
    public void Features_of_every_model_that_has_them_are_checked() => Assert.Equal(
        TrainerCatalog.Default.Entries.Where(entry => TrainerOptions.Of(TrainerCatalog.Default.Create(entry.Key)).ContainsKey("features"))
            .Select(entry => entry.Key).Concat(["two-tower", "pinsage"]).Order(StringComparer.Ordinal),
        ModelSpec.NamesOfFeatureTrainers.Order(StringComparer.Ordinal));

    [Fact]
    public void Numbers_of_one_vector_are_compared_together_and_added_to_labels()
    {
        // standardized: (1, 1), (1, −1), (−1, 1), (−1, −1), all of the same length
        NumberColumn Numbers(params float[] values) => new(values);
        var items = Labels(["x"], [], ["x"], []) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["clip.0"] = Numbers(5, 5, 3, 3), ["clip.1"] = Numbers(1, 0, 1, 0) },
        };
        var data = Of(4, 4, [(0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)]).With(itemAttributes: items);
        float[] scores = Scores(new ContentKnn { Exponent = 1 }.Train(data, Context()), Query.Of(data, 0));
        Assert.Equal(1, scores[2], 1e-5); // by its label; the vectors are at right angles
        Assert.True(float.IsNaN(scores[1]) && float.IsNaN(scores[3]));
        scores = Scores(new ContentKnn { Features = "item.clip.*" }.Train(data, Context()), new(-1, new[] { 0, 1 }));
        Assert.All(scores, score => Assert.True(float.IsNaN(score)));
    }

    [Fact]
    public void Vectors_of_the_same_direction_are_alike_as_their_cosine_says()
    {
        // standardized by the means (4, 2) and the deviations 1 and 1: (1, 1) twice and (−1, −1) twice
        NumberColumn Numbers(params float[] values) => new(values);
        var items = Labels([], [], [], []) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["clip.0"] = Numbers(5, 5, 3, 3), ["clip.1"] = Numbers(3, 3, 1, 1) },
        };
        var data = Of(4, 4, [(0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)]).With(itemAttributes: items);
        float[] scores = Scores(new ContentKnn { Exponent = 1 }.Train(data, Context()), Query.Of(data, 0));
        Assert.Equal(1, scores[1], 1e-5); // (1, 1) with (1, 1)
        Assert.True(float.IsNaN(scores[2]) && float.IsNaN(scores[3])); // (1, 1) with (−1, −1)
    }

    [Fact]
    public void One_number_is_compared_by_distance()
    {
        // years with mean 2000 and deviation √(1450 / 4): the nearer, the more alike, on both sides of the mean
        var items = Labels([], [], [], []) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new float[] { 1965, 1999, 2001, 2035 }) },
        };
        var data = Of(4, 4, [(0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)]).With(itemAttributes: items);
        float[] scores = Scores(new ContentKnn { Exponent = 1 }.Train(data, Context()), Query.Of(data, 1));
        double deviation = Math.Sqrt(((2 * 35 * 35) + 2) / 4.0);
        Assert.Equal(Math.Exp(-2 / deviation), scores[2], 1e-4);
        Assert.Equal(Math.Exp(-34 / deviation), scores[0], 1e-4);
        Assert.True(scores[2] > scores[0] && scores[0] > scores[3]);
    }

    [Fact]
    public void What_is_not_of_items_is_refused()
    {
        var data = Of(1, 2, [(0, 0, 1)]).With(itemAttributes: Labels(["x"], ["x"]));
        Assert.Contains("leave the feature item out", Assert.Throws<InputException>(
            () => new ContentKnn { Features = "item + item.*" }.Train(data, Context())).Message);
        Assert.Contains("--item-attributes", Assert.Throws<InputException>(
            () => ModelSpec.Parse("content-knn").CheckFor(Of(1, 2, [(0, 0, 1)]))).Message);
    }
}
