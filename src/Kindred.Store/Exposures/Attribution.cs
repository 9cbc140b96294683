namespace Kindred.Store.Exposures;

/// <summary>Which exposure an event answers.</summary>
/// <param name="Exposure">Null: none is known.</param>
/// <param name="Item">The event's item in it.</param>
/// <param name="Shown">Whether a client marked it as seen; null: no client said anything of this answer.</param>
public sealed record Attribution(AttributionRule Rule, Exposure? Exposure, ExposedItem? Item, bool? Shown);

/// <summary>How an exposure was found.</summary>
public enum AttributionRule
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>The event names the request.</summary>
    Direct,

    /// <summary>The last exposure of the item to the user or session, within the window before the event.</summary>
    Window,
}
