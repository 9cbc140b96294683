using System.Globalization;

namespace Kindred.Data;

/// <summary>How much one request may ask, so that no request costs much more time and memory than another.</summary>
internal static class RequestLimits
{
    /// <summary>Conditions of one request.</summary>
    public const int Conditions = 32;

    /// <summary>Labels, numbers or ranges in one condition.</summary>
    public const int Alternatives = 1_000;

    /// <summary>Characters of all conditions together.</summary>
    public const int ConditionLength = 1 << 16;

    /// <summary>Items that are allowed, and items that are denied.</summary>
    public const int FilteredItems = 50_000;

    /// <summary>Events of a history.</summary>
    public const int HistoryEvents = 10_000;

    /// <summary>Items that are asked about with <c>whyNot</c>.</summary>
    public const int ExplainedItems = 100;

    /// <summary>Names of labels, and of numbers, in a context; also the labels of one name.</summary>
    public const int ContextValues = 100;

    /// <param name="name">As the sentence calls the list.</param>
    /// <param name="things">What is in it, in the plural.</param>
    /// <exception cref="InputException">There are more than <paramref name="most"/>.</exception>
    public static void Check(string name, string things, long count, int most)
    {
        if (count > most)
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"{name} has {count:N0} {things}; give at most {most:N0}."));
    }
}
