using Kindred.Data;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Maps;

/// <summary>A map of items as SVG: complete without a script.</summary>
/// <param name="TitleOf">Of an item of the map, by its place in the list.</param>
/// <param name="Clusters">Written over the points.</param>
/// <param name="Path">Where someone was, oldest first, from 0 to 1.</param>
internal sealed record MapDrawing(
    ItemMap Map, MapColors Colors, Func<int, string> TitleOf, IReadOnlyList<MapCluster> Clusters, IReadOnlyList<(double X, double Y)> Path)
{
    public const double Size = 680;

    /// <param name="by">What to color by, see <see cref="MapColors.For"/>.</param>
    /// <exception cref="InputException">There is no such attribute.</exception>
    public static MapDrawing Of(ItemMap map, Vocabulary items, Catalog catalog, string? by, IReadOnlyList<(double, double)>? path = null)
    {
        var colors = MapColors.For(map, catalog, by);
        string TitleOf(int at) =>
            map.Items[at] < catalog.Count && catalog.TitleOf(map.Items[at]) is { } title ? title : items.Id(map.Items[at]);
        // regions are named by labels, whatever the colors say
        string labels = catalog.Labels.ContainsKey(colors.By) ? colors.By : MapColors.For(map, catalog, null).By;
        var clusters = catalog.Labels.TryGetValue(labels, out var column) ? MapClusters.Find(map, column) : [];
        return new(map, colors, TitleOf, clusters, path ?? []);
    }

    private const double Edge = 12, Radius = 2.6;

    public string Label =>
        $"{Format.Many(Map.Items.Count, "item")}, near each other where the model takes them for alike, colored by {Colors.By}";

    public void Draw(Html html) => Svg.Draw(html, Size, Size, Label, svg => Draw(svg), "map");

    /// <summary>The rarest color last: it lies on top.</summary>
    public void Draw(Svg svg)
    {
        var frame = Frame();
        double X(double share) => frame.On(share, frame.X);
        double Y(double share) => frame.On(share, frame.Y);
        var order = Enumerable.Range(0, Map.Items.Count).GroupBy(at => Colors.Of[at]).OrderByDescending(color => color.Count())
            .SelectMany(color => color);
        foreach (int at in order)
            svg.Dot(X(Map.Places.Row(at)[0]), Y(Map.Places.Row(at)[1]), Radius, $"bar {ClassOf(Colors.Of[at])}", TitleOf(at));
        foreach (var cluster in Clusters) svg.Label(X(cluster.X), Y(cluster.Y), cluster.Name, "middle", "title region");
        if (Path.Count == 0) return;
        svg.Path(Path.Select(place => (X(place.X), Y(place.Y))), "mark path");
        svg.Dot(X(Path[^1].X), Y(Path[^1].Y), 6, "here", "now");
    }

    public void Legend(Html html)
    {
        using (html.In("ul", ("class", "legend")))
        {
            for (int n = 0; n < Colors.Names.Count; n++) Key(n, Colors.Names[n]);
            if (Colors.Of.Contains(-1)) Key(-1, Colors.Names.Count == 0 ? "all" : "others");
        }

        void Key(int color, string name)
        {
            using (html.In("li"))
            {
                using (html.In("svg", ("class", "key"), ("width", "12"), ("height", "12"), ("aria-hidden", "true")))
                    html.Empty("circle", ("cx", "6"), ("cy", "6"), ("r", "5"), ("class", $"bar {ClassOf(color)}"));
                html.Text($" {name}");
            }
        }
    }

    private static string ClassOf(int color) => color < 0 ? "baseline" : $"m{color % ModelMarker.Colors}";

    /// <returns>Where the points are: all of a map fill it, the most popular ones may be in its middle.</returns>
    private Area Frame()
    {
        var (x, width) = Range(0);
        var (y, height) = Range(1);
        return new(x, y, Math.Max(width, height));

        (double Middle, double Width) Range(int axis)
        {
            if (Map.Items.Count < 2) return (.5, 1);
            var all = Enumerable.Range(0, Map.Items.Count).Select(at => (double)Map.Places.Row(at)[axis]).ToList();
            return ((all.Min() + all.Max()) / 2, Math.Max(all.Max() - all.Min(), 1e-3));
        }
    }

    /// <summary>A square of the map that is drawn.</summary>
    /// <param name="X">Its middle.</param>
    private readonly record struct Area(double X, double Y, double Width)
    {
        public double On(double share, double middle) => Edge + ((((share - middle) / Width) + .5) * (Size - (2 * Edge)));
    }
}
