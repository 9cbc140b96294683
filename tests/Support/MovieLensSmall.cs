using System.Globalization;

namespace Kindred.Tests.Support;

/// <summary>The committed sample, read without the importer: 100,004 ratings of 9,066 films by 671 users.</summary>
internal static class MovieLensSmall
{
    private static readonly Lazy<Interactions> Loaded = new(() => EventList.Of(
        File.ReadLines(Path.Combine(RealData.MovieLensSmall, "ratings.csv")).Skip(1).Select(line =>
        {
            string[] columns = line.Split(',');
            return (columns[0], columns[1], long.Parse(columns[3], CultureInfo.InvariantCulture), float.Parse(columns[2], CultureInfo.InvariantCulture));
        })));

    public static Interactions Load() => Loaded.Value;
}
