using System.Text.Json;
using Kindred.Reports.Maps;
using Kindred.Reports.Markup;
using Kindred.Server.Access;
using Kindred.Server.Live;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kindred.Server.Dashboard;

/// <summary>The items of the model as a map, and where a user stands on it.</summary>
internal static class MapPages
{
    public const string Path = "/map";

    /// <summary>Drawn by the server; the script draws all.</summary>
    private const int Drawn = 1_500;

    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapPage(Path, Show).Requires(Scope.Read);
        pages.MapPage($"{Path}.json", Points).Requires(Scope.Read);
    }

    private static async Task<IResult> Show(
        HttpContext context, ItemMaps maps, LiveState live, string? layout = null, string? color = null, string? user = null)
    {
        try
        {
            var (drawing, snapshot, choices, _) =
                await maps.DrawAsync(LayoutOf(layout), Drawn, NullIfEmpty(color), user, context.RequestAborted);
            return new Page(Path, "Map", page => Write(page, drawing, snapshot, choices, layout, color, user)) { HasMap = true };
        }
        catch (InputException e) when (string.IsNullOrEmpty(color) && string.IsNullOrEmpty(layout))
        {
            return new Page(Path, "Map", page => // nothing that someone chose is wrong
            {
                page.Html.Element("p", e.Message);
                if (!page.May(Scope.Admin)) return;
                page.Html.Element("a", "See which models there are, and train one", ("href", ModelsPage.Path));
                using var view = live.Acquire();
                if (view.Served.Id == ColdStart.Id) return;
                page.Html.Element("p", "Models with embeddings, such as implicit-als, have a map. This makes it the one to be "
                    + "trained next; the gate judges it like any other.");
                page.Commands("Train implicit-als from now on", $$"""
                    curl -X PUT {{context.Request.Scheme}}://{{context.Request.Host}}/v1/settings/renewal{{page.KeyHeader}} \
                      -H 'Content-Type: application/json' -d '{"model":"implicit-als"}'
                    """);
            });
        }
    }

    private static async Task<IResult> Points(
        HttpContext context, ItemMaps maps, string? layout = null, string? color = null, string? user = null)
    {
        var (drawing, snapshot, _, idOf) =
            await maps.DrawAsync(LayoutOf(layout), ItemMaps.MostItems, NullIfEmpty(color), user, context.RequestAborted);
        var (map, places) = (drawing.Map, drawing.Map.Places);
        var all = Enumerable.Range(0, map.Items.Count);
        Page.SetHeaders(context.Response);
        return TypedResults.Json(new MapAnswer(
            snapshot, [.. all.Select(idOf)], [.. all.Select(drawing.TitleOf)], [.. all.Select(at => MathF.Round(places.Row(at)[0], 4))],
            [.. all.Select(at => MathF.Round(places.Row(at)[1], 4))], drawing.Colors.By, drawing.Colors.Names, drawing.Colors.Of,
            drawing.Clusters, [.. drawing.Path.Select(place => (double[])[place.X, place.Y])]), JsonSerializerOptions.Web);
    }

    private static MapLayout LayoutOf(string? layout) => layout switch
    {
        null or "" or "components" => MapLayout.Components,
        "neighbours" => MapLayout.Neighbours,
        _ => throw new InputException($"There is no layout '{PlainText.Shorten(layout)}'; there are components and neighbours."),
    };

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void Write(
        PageWriter page, MapDrawing drawing, string snapshot, IReadOnlyList<string> choices, string? layout, string? color, string? user)
    {
        var html = page.Html;
        string query = $"?layout={Uri.EscapeDataString(layout ?? "")}&color={Uri.EscapeDataString(color ?? "")}"
            + $"&user={Uri.EscapeDataString(user ?? "")}";
        page.Question(Path, "Draw", () =>
        {
            page.Select("Layout", "layout", [("components", "components"), ("neighbours", "neighbours")], layout);
            page.Select("Color by", "color", choices.Select(choice => (choice, choice)), color ?? drawing.Colors.By);
            page.Field("User", "user", user, "Their way over the map");
        });
        page.Section("items", $"Items of {snapshot}", () =>
        {
            drawing.Legend(html);
            if (!string.IsNullOrEmpty(user) && drawing.Path.Count == 0)
                html.Element("p", "The model knows nothing of what this user did.", ("class", "alarm"));
            using (html.In("div", ("id", "map"), ("data-source", $"{Path}.json{query}"))) drawing.Draw(html);
            if (drawing.Path.Count > 0)
                html.Element("p", (drawing.Path.Distinct().Count() > 1 ? "The line is the user's way, the red point where they are now"
                    : "The red point is where the user is, and was after each of their last events")
                    + ": between the items that the model would propose first.", ("class", "note"));
        }, $"{Path}.json{query}", drawing.Map.Explanation
            + $" Without a script the {Drawn:N0} most popular items are drawn, with one the "
            + $"{(LayoutOf(layout) == MapLayout.Neighbours ? ItemMaps.MostWithNeighbours : ItemMaps.MostItems):N0} most popular.");
    }

    /// <summary>A map, for the script and for programs.</summary>
    internal sealed record MapAnswer(
        string Snapshot, string[] Items, string[] Titles, float[] X, float[] Y, string ColoredBy, IReadOnlyList<string> Colors,
        IReadOnlyList<int> ColorOf, IReadOnlyList<MapCluster> Clusters, double[][] Path);
}
