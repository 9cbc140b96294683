using System.Xml.Linq;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Reports;
using Kindred.Reports.Maps;
using Kindred.Tests.Support;

namespace Kindred.Tests.Reports.Maps;

public sealed class ItemMapTests
{
    [Fact]
    public void Components_of_an_ellipse_are_its_axes()
    {
        // 3 cos t along (1, 1, 0)/√2, sin t along (0, 0, 1), around (5, 5, 5)
        var rows = new Matrix(360, 3);
        for (int t = 0; t < 360; t++)
        {
            double angle = t * Math.PI / 180, along = 3 * Math.Cos(angle) / Math.Sqrt(2);
            new[] { (float)(5 + along), (float)(5 + along), (float)(5 + Math.Sin(angle)) }.CopyTo(rows.Row(t));
        }
        var places = PrincipalComponents.Project(rows, Cancellation);
        for (int t = 0; t < 360; t++)
        {
            double angle = t * Math.PI / 180;
            Assert.Equal(3 * Math.Cos(angle), places.Row(t)[0], 1e-4);
            Assert.Equal(Math.Sin(angle), places.Row(t)[1], 1e-4);
        }
    }

    [Fact]
    public void Vectors_that_differ_in_nothing_or_in_one_direction_have_a_place()
    {
        var same = new Matrix(4, 3);
        same.Values.Span.Fill(2);
        Assert.All(PrincipalComponents.Project(same, Cancellation).Values.ToArray(), value => Assert.Equal(0, value));
        var line = new Matrix(3, 1, new float[] { 1, 2, 4 });
        Assert.Equal([-4 / 3f, 0, -1 / 3f, 0, 5 / 3f, 0], PrincipalComponents.Project(line, Cancellation).Values.ToArray(), Near);
    }

    [Fact]
    public void Neighbours_in_space_are_neighbours_in_the_plane()
    {
        // 6 groups of 30 directions each, that no plane can show by components: each along an axis of its own
        const int Groups = 6, Members = 30;
        var (rows, rng) = (new Matrix(Groups * Members, Groups), new Rng(3));
        for (int n = 0; n < rows.Rows; n++)
        {
            var row = rows.Row(n);
            for (int c = 0; c < Groups; c++) row[c] = (float)(rng.NextNormal() * .1) + (c == n / Members ? 1 : 0);
            float length = MathF.Sqrt(Kernels.Dot(row, row));
            for (int c = 0; c < Groups; c++) row[c] /= length;
        }
        var start = PrincipalComponents.Project(rows, Cancellation);
        double before = SameGroup(start), after = SameGroup(NeighbourLayout.Arrange(rows, start, 0, Cancellation));
        Assert.InRange(after, .98, 1);
        Assert.True(after > before, $"{after} of the nearest are of the same group, and {before} by components");

        static double SameGroup(Matrix places) => Enumerable.Range(0, places.Rows).Average(n => Enumerable.Range(0, places.Rows)
            .Where(other => other != n).OrderBy(other => Distance(places, n, other)).Take(5)
            .Average(other => other / Members == n / Members ? 1.0 : 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Few_items_have_a_place_within_the_map(int count)
    {
        foreach (var layout in Enum.GetValues<MapLayout>())
        {
            var map = Map(layout, count);
            Assert.Equal(count, map.Items.Count);
            Assert.All(map.Places.Values.ToArray(), value => Assert.InRange(value, 0, 1));
        }
    }

    [Fact]
    public void The_most_popular_items_are_on_it_at_the_same_place_each_time()
    {
        var data = Trained().Data;
        var map = Map(MapLayout.Neighbours, 400);
        Assert.Equal(map.Places.Values.ToArray(), Map(MapLayout.Neighbours, 400).Places.Values.ToArray());
        Assert.NotEqual(map.Places.Values.ToArray(), Map(MapLayout.Neighbours, 400, seed: 1).Places.Values.ToArray());
        Assert.Equal(map.Events.OrderDescending(), map.Events);
        int least = map.Events[^1];
        Assert.All(Enumerable.Range(0, data.Items.Count).Except(map.Items), item =>
            Assert.InRange(data.ByItem.Row(item).Columns.Length, 0, least));
    }

    [Fact]
    public void Someone_stands_between_the_items_that_are_proposed_to_them()
    {
        var (model, data) = Trained();
        var map = Map(MapLayout.Components, 300);
        var query = Query.Of(data, 5);
        var scores = new float[data.Items.Count];
        model.Score(query, scores);
        int[] best = [.. Enumerable.Range(0, 300).OrderByDescending(at => scores[map.Items[at]]).Take(5)];
        var place = map.PlaceOf(model, query)!.Value;
        Assert.Equal(best.Average(at => map.Places.Row(at)[0]), place.X, 1e-6);
        Assert.Equal(best.Average(at => map.Places.Row(at)[1]), place.Y, 1e-6);
        Assert.Null(map.PlaceOf(model, new(-1, default)));
    }

    [Fact]
    public void Colors_are_labels_numbers_or_popularity()
    {
        var map = new ItemMap(MapLayout.Components, [0, 1, 2, 3, 4], new Matrix(5, 2), [90, 50, 20, 10, 1]);
        var catalog = Catalog.Empty(5) with
        {
            Labels = new Dictionary<string, LabelColumn> { ["genres"] = LabelColumn.From((string?[])["war", "war", null, "noir", "war"]) },
            Numbers = new Dictionary<string, NumberColumn> { ["year"] = new(new float[] { 1990, 2000, float.NaN, 1980, 2010 }) },
        };
        var labels = MapColors.For(map, catalog, null);
        Assert.Equal("genres", labels.By);
        Assert.Equal([0, 0, -1, 1, 0], labels.Of);
        Assert.Equal(["war", "noir"], labels.Names);
        var years = MapColors.For(map, catalog, "year");
        Assert.Equal(-1, years.Of[2]);
        Assert.Equal(["up to 1980", "up to 1990", "up to 2000", "up to 2010"], years.Names.Distinct());
        Assert.True(years.Of[3] <= years.Of[0] && years.Of[0] < years.Of[1] && years.Of[1] < years.Of[4]);
        Assert.Equal([4, 3, 2, 1, 0], MapColors.For(map, catalog, MapColors.Popularity).Of);
        Assert.Equal("Items have no attribute 'mood'; a map is colored by popularity, genres, year.",
            Assert.Throws<InputException>(() => MapColors.For(map, catalog, "mood")).Message);
        Assert.Equal(MapColors.Popularity, MapColors.For(map, Catalog.Empty(5), null).By);
    }

    [Fact]
    public void An_age_is_the_days_from_an_items_first_event_to_the_last_of_all()
    {
        var start = DateTimeOffset.UnixEpoch.AddDays(20_000);
        (string User, string Item, int Day)[] events =
            [("a", "old", 0), ("b", "old", 9), ("a", "new", 8), ("b", "mid", 4), ("c", "mid", 10)];
        var data = Interactions.FromEvents(events, e => (e.User, e.Item, start.AddDays(e.Day)));
        var model = (IEmbeddingModel)new ImplicitAls { Dimensions = 2, Epochs = 2 }.Train(data, new());
        var map = ItemMap.Of(model, data, MapLayout.Components, 10, cancellation: TestContext.Current.CancellationToken);
        var ages = map.Items.Zip(map.Ages!).ToDictionary(pair => data.Items.Id(pair.First), pair => pair.Second);
        Assert.Equal((10, 6, 2), (ages["old"], ages["mid"], ages["new"]));
        Assert.Equal("age", MapColors.Choices(map, Catalog.Empty(3))[1]);
        var colors = MapColors.For(map, Catalog.Empty(3), "age");
        Assert.Equal(["up to 2 days", "up to 6 days", "up to 10 days"], colors.Names);
        Assert.Equal(map.Items.Select(item => ages[data.Items.Id(item)]).Select(age => age switch { 2 => 0, 6 => 1, _ => 2 }), colors.Of);
        Assert.Equal(map.Ages!.Take(2), map.Top(2).Ages);
        // an attribute of that name says more
        var named = Catalog.Empty(3) with { Numbers = new Dictionary<string, NumberColumn> { ["age"] = new(new float[] { 1, 2, 3 }) } };
        Assert.Equal(["popularity", "age"], MapColors.Choices(map, named));
        Assert.StartsWith("up to 1", MapColors.For(map, named, "age").Names[0], StringComparison.Ordinal);
        Assert.DoesNotContain("days", MapColors.For(map, named, "age").Names[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Regions_are_named_by_the_label_that_stands_out()
    {
        const int Half = 60;
        var (places, rng) = (new Matrix(2 * Half, 2), new Rng(5));
        for (int n = 0; n < 2 * Half; n++)
            (places.Row(n)[0], places.Row(n)[1]) = ((n < Half ? .2f : .8f) + (.02f * rng.NextFloat()), .5f + (.02f * rng.NextFloat()));
        var map = new ItemMap(MapLayout.Components, [.. Enumerable.Range(0, 2 * Half)], places, new int[2 * Half]);
        var labels = LabelColumn.From(
            [.. Enumerable.Range(0, 2 * Half).Select(n => (IReadOnlyList<string>)["film", n < Half ? "war" : "noir"])]);
        var clusters = MapClusters.Find(map, labels);
        Assert.Equal(["noir", "war"], clusters.Select(cluster => cluster.Name).Order());
        Assert.InRange(clusters.Single(cluster => cluster.Name == "war").X, .2, .22);
    }

    [Fact]
    public void A_page_and_a_drawing_are_complete_whatever_titles_hold()
    {
        var data = Trained().Data;
        var map = Map(MapLayout.Components, 50);
        var titles = new TextColumn(StringTable.From([.. Enumerable.Range(0, data.Items.Count).Select(n => $"<b>\"&\0{n}")]));
        var catalog = data.ItemAttributes with { Texts = new Dictionary<string, TextColumn> { ["title"] = titles } };
        var drawing = MapDrawing.Of(map, data.Items, catalog, null, [(.1, .1), (.9, .9)]);
        var page = XDocument.Parse(Written(output => MapPage.WriteHtml(output, "<films>", drawing)));
        Assert.Equal(50 + 1, page.Descendants("circle").Count(circle => circle.Elements("title").Any()));
        Assert.Empty(page.Descendants("b"));
        var svg = XDocument.Parse(Written(output => MapPage.WriteSvg(output, drawing)));
        Assert.Equal("svg", svg.Root!.Name.LocalName);
        Assert.Equal(50 + 1, svg.Descendants().Count(element => element.Name.LocalName == "circle"));

        static string Written(Action<TextWriter> write)
        {
            using var text = new StringWriter();
            write(text);
            return text.ToString();
        }
    }

    private static (IEmbeddingModel Model, Interactions Data) Trained()
    {
        var data = MovieLensSmall.LoadWithGenres();
        return (Model.Value, data);
    }

    private static readonly Lazy<IEmbeddingModel> Model = new(() => (IEmbeddingModel)new ImplicitAls { Dimensions = 16, Epochs = 3 }
        .Train(MovieLensSmall.LoadWithGenres(), new() { Workers = 2 }));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ItemMap Map(MapLayout layout, int most, int seed = 0) =>
        ItemMap.Of(Trained().Model, Trained().Data, layout, most, seed, Cancellation);

    private static bool Near(float a, float b) => Math.Abs(a - b) < 1e-5f;

    private static double Distance(Matrix places, int a, int b)
    {
        float x = places.Row(a)[0] - places.Row(b)[0], y = places.Row(a)[1] - places.Row(b)[1];
        return (x * x) + (y * y);
    }
}
