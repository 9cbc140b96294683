namespace Kindred.Cli.Options;

/// <summary>The films that come with the repository.</summary>
internal static class SampleData
{
    /// <returns>Their folder, looked for upwards from here and from where the program is; null: there is none.</returns>
    public static string? Find()
    {
        foreach (string start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string sample = Path.Combine(folder.FullName, "samples", "movielens");
                if (File.Exists(Path.Combine(sample, "ratings.csv"))) return Path.GetRelativePath(Directory.GetCurrentDirectory(), sample);
            }
        }
        return null;
    }
}
