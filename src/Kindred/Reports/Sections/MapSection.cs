using Kindred.Reports.Maps;

namespace Kindred.Reports.Sections;

/// <summary>The items as a model sees them.</summary>
internal static class MapSection
{
    /// <param name="model">Whose embeddings place the items.</param>
    /// <param name="drawing">Null: no model has any.</param>
    public static Section? Of(string model, MapDrawing? drawing) => drawing is null ? null : new("map", "Map of the items", html =>
    {
        html.Element("p", $"The {drawing.Map.Items.Count:N0} most popular items by the embeddings of {model}. "
            + drawing.Map.Explanation, ("class", "hint"));
        drawing.Legend(html);
        drawing.Draw(html);
    });
}
