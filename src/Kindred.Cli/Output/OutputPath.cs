using Kindred.Storage;

namespace Kindred.Cli.Output;

/// <summary>Where results are written: looked at before the work, not after it.</summary>
internal static class OutputPath
{
    /// <exception cref="InputException">Something that is not of that kind is in the way.</exception>
    public static void Check(string folder, string kind)
    {
        if (File.Exists(folder)
            || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !SealedFolder.Is(folder, kind)))
            throw new InputException($"{folder} exists and is not a {kind}; choose another place or remove it.");
    }

    /// <summary>Writes a text file, completely or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public static void WriteText(string path, string text)
    {
        string aside = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            File.WriteAllText(aside, text);
            File.Move(aside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(aside);
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
