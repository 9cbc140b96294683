using Kindred;
using Kindred.Models;

namespace KindredApi;

/// <summary>A model of the events in a file: similar items for those who have a history, popular ones for everyone else.</summary>
internal static class FirstSnapshot
{
    /// <param name="events">A header, then a line for each event: user, item.</param>
    public static void Publish(string events, string snapshots)
    {
        var rows = File.ReadLines(events).Skip(1).Select(line => line.Split(','));
        var data = Interactions.FromEvents(rows, row => (row[0], row[1]));
        new ChosenModel(ModelSpec.For(new ItemKnn()), ModelSpec.Popularity).Train(data).Publish(snapshots);
    }
}
