using System.Globalization;
using System.Text.Json;
using Kindred.Data;
using Kindred.Models;
using Kindred.Server.Live;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Live;

public sealed class TextVectorTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var vector = new TextVector("x", [.1f, -1e-7f, 3]);
        var read = TextVector.In(JsonElement.Parse(TextVector.PatchOf(vector)))!;
        Assert.Equal("x", read.Of);
        Assert.Equal(vector.Values, read.Values);
        Assert.Null(TextVector.In(JsonElement.Parse(TextVector.PatchOf(null))));
        foreach (string other in (string[])["{}", """{"textVector": [1, 2]}""", """{"textVector": {"of": "x", "values": [1, "a"]}}"""])
            Assert.Null(TextVector.In(JsonElement.Parse(other)));
    }

    [Fact]
    public void What_an_item_is_promised_is_no_attribute_that_models_learn_from()
    {
        var types = new Dictionary<string, AttributeType> { ["contract"] = AttributeType.Number, ["price"] = AttributeType.Number };
        var catalog = CatalogChanges.Apply(Catalog.Empty(0), 1, new Dictionary<int, JsonElement>
        {
            [0] = JsonElement.Parse("""{"contract": 500, "price": 2}"""),
        }, types);
        Assert.Equal(["price"], catalog.Numbers.Keys);
    }

    [Fact]
    public void A_list_of_numbers_becomes_columns_whether_it_is_one_or_they_were_sent_apart()
    {
        var types = new Dictionary<string, AttributeType>
        {
            ["clip"] = AttributeType.Numbers,
            ["clip.0"] = AttributeType.Number,
            ["clip.1"] = AttributeType.Number,
        };
        var catalog = CatalogChanges.Apply(Catalog.Empty(0), 4, new Dictionary<int, JsonElement>
        {
            [0] = JsonElement.Parse("""{"clip": [0.5, 1]}"""),
            [1] = JsonElement.Parse("""{"clip.0": 2, "clip.1": 3}"""),
            [2] = JsonElement.Parse("""{"clip": [1, 2, 3]}"""),
            [3] = JsonElement.Parse("""{"clip": [1, null]}"""),
        }, types);
        Assert.Equal(["clip.0", "clip.1"], catalog.Numbers.Keys.Order());
        Assert.Empty(catalog.Labels);
        Assert.Equal([.5f, 2, float.NaN, float.NaN], catalog.Numbers["clip.0"].Values.ToArray());
        Assert.Equal([1f, 3, float.NaN, float.NaN], catalog.Numbers["clip.1"].Values.ToArray());

        types.Remove("clip.0"); // one number of it is all that was sent apart
        catalog = CatalogChanges.Apply(Catalog.Empty(0), 2, new Dictionary<int, JsonElement>
        {
            [0] = JsonElement.Parse("""{"clip.1": 7}"""),
            [1] = JsonElement.Parse("""{"clip": [0.5, 1]}"""),
        }, types);
        Assert.Equal([float.NaN, .5f], catalog.Numbers["clip.0"].Values.ToArray());
        Assert.Equal([7, 1f], catalog.Numbers["clip.1"].Values.ToArray());
    }

    [Fact]
    public void A_model_that_learned_from_vectors_places_a_new_item_by_its_own()
    {
        // even items have one text, odd ones the other; users like either; the last two items have no event
        const int Items = 12;
        static JsonElement Entry(int item) => JsonElement.Parse(
            $$$"""{"textVector": {"of": "x", "values": [{{{1 - (item % 2)}}}, {{{item % 2}}}]}}""");
        var changed = Enumerable.Range(0, Items).ToDictionary(item => item, Entry);
        changed[Items] = JsonElement.Parse("""{"textVector": {"of": "x", "values": [1, 2, 3]}}"""); // by another model
        var catalog = CatalogChanges.Apply(Catalog.Empty(0), Items + 1, changed, new Dictionary<string, AttributeType>());
        Assert.Equal(["textVector.0", "textVector.1"], catalog.Numbers.Keys);
        Assert.True(float.IsNaN(catalog.Numbers["textVector.0"].Values.Span[Items]));
        // a later change of one row leaves the others
        var later = CatalogChanges.Apply(catalog, Items + 1, new Dictionary<int, JsonElement> { [0] = Entry(1) },
            new Dictionary<string, AttributeType>());
        Assert.Equal([0, 0, 1], later.Numbers["textVector.0"].Values.Span[..3].ToArray());

        var events = from user in Enumerable.Range(0, 20)
                     from n in Enumerable.Range(0, 4)
                     select ($"u{user}", $"i{((user / 2 + n) * 2 + user % 2) % (Items - 2)}", 0L, 1f);
        var data = EventList.Of(events);
        int[] rows = [.. Enumerable.Range(0, data.Items.Count)
            .Select(item => int.Parse(data.Items.Id(item)[1..], CultureInfo.InvariantCulture))];
        var known = CatalogChanges.Apply(Catalog.Empty(0), rows.Length,
            rows.Index().ToDictionary(pair => pair.Index, pair => Entry(pair.Item)), new Dictionary<string, AttributeType>());
        var model = (IAttributeFoldIn)new ImplicitAls { Dimensions = 4, Features = "item.textVector.*" }
            .Train(data.With(itemAttributes: known), new() { Cancellation = TestContext.Current.CancellationToken });
        var placed = model.EmbedItems(catalog)!;
        float Near(int place, int item) => placed.Row(place).ToArray().Zip(
            model.ItemEmbeddings.Row(Array.IndexOf(rows, item)).ToArray(), (a, b) => a * b).Sum();
        Assert.True(Near(Items - 2, 0) > Near(Items - 2, 1));
        Assert.True(Near(Items - 1, 1) > Near(Items - 1, 0));
    }
}
