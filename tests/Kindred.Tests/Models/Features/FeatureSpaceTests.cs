using CsCheck;
using Kindred.Data;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Numerics.Sgd;

namespace Kindred.Tests.Models.Features;

public sealed class FeatureSpaceTests
{
    // a user who has all items but the last
    private static Interactions Of(Catalog items)
    {
        Vocabulary users = new(["u"]), ids = new([.. Enumerable.Range(0, items.Count).Select(n => $"i{n}")]);
        var events = SparseMatrix.FromTriplets(1, items.Count, [.. Enumerable.Range(0, items.Count - 1).Select(item => (0, item, 1f))]);
        return Interactions.From(users, ids, events).With(itemAttributes: items);
    }

    private static Catalog Labelled(params string[][] tags) =>
        Catalog.Empty(tags.Length) with { Labels = new Dictionary<string, LabelColumn> { ["tags"] = LabelColumn.From(tags) } };

    private static Catalog Titled(params string[] titles) =>
        Catalog.Empty(titles.Length) with { Texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(titles)) } };

    private static Dictionary<int, float> RowOf(FeatureRows rows, int row) =>
        rows.ColumnsOf(row).ToArray().Zip(rows.ValuesOf(row).ToArray()).ToDictionary(e => e.First, e => e.Second);

    [Fact]
    public void Rare_labels_weigh_more()
    {
        // rows with a label: x 3 of 4, y 1; ln(5/3) = .5108, ln 5 = 1.6094; of length √(.5108² + 1.6094²) = 1.6885
        var data = Of(Labelled(["x", "y"], ["x"], ["x"], []));
        var space = FeatureSpace.Of("item.*", 0, data, null, out _, rareLabels: true);
        var rows = space.ItemRows(data);
        Assert.Equal([.5108f / 1.6885f, 1.6094f / 1.6885f], rows.ValuesOf(0).ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal([1f], rows.ValuesOf(1).ToArray());
        Assert.Equal(0, rows.ValuesOf(3).Length);
    }

    [Fact]
    public void A_text_is_words_pairs_and_pieces() => Assert.Equal(
        ["red", "~‹re", "~red", "~ed›", "a1", "red a1", "~‹a1", "~a1›"], TextGrams.Split("Red, (A1)!"));

    [Fact]
    public void Grams_weigh_by_how_often_they_are_and_how_rarely()
    {
        // of "a a b": a and ‹a› twice, a a, a b, b, ‹b›; the last two are in another text too. Three texts, one of them empty: ln(4/1),
        // ln(4/2)
        var data = Of(Titled("A a, b", "b", ""));
        var space = FeatureSpace.Of("item.title", 0, data, null, out _);
        var field = Assert.Single(space.Fields);
        var row = RowOf(space.ItemRows(data), 0);
        float ValueOf(string gram) => row[field.ColumnOf(TextGrams.BucketOf(gram))];
        double once = 1.3863, both = .6931, length = Math.Sqrt((2 * 4 * once * once) + (2 * once * once) + (2 * both * both));
        Assert.Equal(2 * once / length, ValueOf("a"), 1e-4);
        Assert.Equal(2 * once / length, ValueOf("~‹a›"), 1e-4);
        Assert.Equal(once / length, ValueOf("a a"), 1e-4);
        Assert.Equal(once / length, ValueOf("a b"), 1e-4);
        Assert.Equal(both / length, ValueOf("b"), 1e-4);
        Assert.Equal(6, row.Count);
        Assert.Equal([MathF.Sqrt(.5f), MathF.Sqrt(.5f)], space.ItemRows(data).ValuesOf(1).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(0, space.ItemRows(data).ValuesOf(2).Length);
    }

    [Fact]
    public void Texts_are_features_where_they_are_named()
    {
        var data = Of(Titled("red tea", "green tea", "coffee") with { Labels = Labelled(["x"], ["y"], ["x"]).Labels });
        Assert.Equal(["item.tags"], FeatureSpace.Of("item.*", 0, data, null, out _).Fields.Select(f => f.Name));
        Assert.Equal(["item.tags", "item.title"], FeatureSpace.Of("item.* + item.title", 0, data, null, out _).Fields.Select(f => f.Name));
    }

    [Fact]
    public void Columns_of_a_beginning_are_named_together()
    {
        NumberColumn Numbers(float first) => new(new[] { first, 1, 2 });
        var data = Of(Catalog.Empty(3) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["clip.0"] = Numbers(0), ["clip.1"] = Numbers(5), ["price"] = Numbers(9) },
        });
        var space = FeatureSpace.Of("item.clip.*", 0, data, null, out _);
        Assert.Equal(["item.clip.0", "item.clip.1"], space.Fields.Select(f => f.Name));
        // the events' items have 5 and 1: 3 ± 2; a vector of two numbers
        Assert.Equal(1 / MathF.Sqrt(2), space.Fields[1].Number!.Of(5), 1e-6);
        string Refusal(string features) => Assert.Throws<InputException>(() => FeatureSpace.Of(features, 0, data, null, out _)).Message;
        Assert.Equal("There is no feature 'item.clp.*'; did you mean item.clip.*?", Refusal("item.clp.*"));
        Assert.Equal("There is no feature 'embedding.words'; there are user, item, hour, weekday, last-item, history, item.clip.*, "
            + "item.price, history.clip.*, history.price.", Refusal("embedding.words"));
        Assert.Equal(["item.clip.0 to item.clip.1", "item.price"],
            FeatureNames.WithoutNumbersOfVectors(["item.clip.0", "item.clip.1", "item.price"]));
    }

    [Fact]
    public void That_nothing_is_known_of_items_is_said()
    {
        string Refusal(Catalog items) =>
            Assert.Throws<InputException>(() => FeatureSpace.Of("item.*", 0, Of(items), null, out _)).Message;
        Assert.StartsWith(
            "The items have no attributes, so 'item.*' names nothing of them", Refusal(Catalog.Empty(3)), StringComparison.Ordinal);
        Assert.EndsWith("name a text, such as item.title.", Refusal(Titled("a", "b", "c")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_is_the_sum_of_its_items_labels_and_the_mean_of_their_numbers()
    {
        // of items 3, 1 and 2: y 1 + 1/√2 = 1.7071, x .7071; of length 1.8478
        var items = Labelled(["x"], ["x", "y"], [], ["y"]) with
        {
            Numbers = new Dictionary<string, NumberColumn> { ["price"] = new(new[] { 2, 6, float.NaN, 5 }) },
        };
        var data = Of(items);
        var space = FeatureSpace.Of("item + history.*", 0, data, null, out _);
        var block = new FactorizationBlock();
        HistoryAttributes.Of(space, data).Add([3, 1, 2], block);
        block.End(0, 1);
        FeatureField tags = space.Fields[1], price = space.Fields[2];
        Assert.Equal([tags.ColumnOf(1), tags.ColumnOf(0), price.ColumnOf(0)], block.Columns.ToArray());
        // events: the first three items, prices 2 and 6: mean 4, deviation 2; the history's are .5 and 1
        Assert.Equal([1.7071f / 1.8478f, .7071f / 1.8478f, .75f], block.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Labels_of_a_history_are_of_length_1_whatever_it_holds() => Gen.Int[0, 8].Array[1, 5].Array[2, 12].Sample(tags =>
    {
        var data = Of(Labelled([.. tags.Select(row => row.Distinct().Select(tag => $"t{tag}").ToArray())]));
        var space = FeatureSpace.Of("history.tags + item", 0, data, null, out _, rareLabels: true);
        var block = new FactorizationBlock();
        HistoryAttributes.Of(space, data).Add([.. Enumerable.Range(0, tags.Length - 1)], block);
        block.End(0, 1);
        double squares = 0;
        foreach (float value in block.Values) squares += value * value;
        return Math.Abs(squares - 1) < 1e-4;
    });
}
