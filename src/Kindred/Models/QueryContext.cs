using Kindred.Data;

namespace Kindred.Models;

/// <summary>
/// What is known of the moment of a query, and of a user who is in no vocabulary. Immutable; models use what they were trained on.
/// </summary>
public sealed record QueryContext
{
    /// <summary>UTC, Unix seconds; null: unknown.</summary>
    public long? Time { get; init; }

    /// <summary>
    /// True: <see cref="Time"/> is that of the clock, not part of the question. What is drawn at random does not depend on it then.
    /// </summary>
    public bool IsTimeOfClock { get; init; }

    /// <summary>
    /// Labels by the name of a column of <see cref="Interactions.Context"/>, or of a user's attribute, as in <c>user.gender</c>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Numbers, likewise.</summary>
    public IReadOnlyDictionary<string, float> Numbers { get; init; } = new Dictionary<string, float>();

    /// <returns>The moment of an event of the data, with the labels and numbers of its context.</returns>
    /// <param name="event">In the order of <see cref="Interactions.Histories"/>.</param>
    public static QueryContext Of(Interactions interactions, int @event) => new()
    {
        Time = interactions.Histories.HasTimes ? interactions.Histories.Times.Span[@event] : null,
        Labels = interactions.Context.Labels.ToDictionary(c => c.Key, IReadOnlyList<string> (c) => LabelsOf(c.Value, @event)),
        Numbers = interactions.Context.Numbers.Where(c => !float.IsNaN(c.Value.Values.Span[@event]))
            .ToDictionary(c => c.Key, c => c.Value.Values.Span[@event]),
    };

    private static List<string> LabelsOf(LabelColumn column, int row)
    {
        var labels = new List<string>();
        foreach (int label in column[row]) labels.Add(column.Labels.Id(label));
        return labels;
    }
}
