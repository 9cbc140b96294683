namespace Kindred.Models;

/// <summary>A trainer of which some options say nothing, by the values of others: they are refused, and not searched.</summary>
internal interface IUnusedOptions
{
    /// <summary>Their names, in camelCase.</summary>
    IReadOnlyList<string> UnusedOptions { get; }
}
