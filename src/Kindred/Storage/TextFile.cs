using System.Globalization;
using System.Text;

namespace Kindred.Storage;

/// <summary>A file that people write, such as a pipeline or rules.</summary>
internal static class TextFile
{
    /// <summary>Characters of one file: people do not write more, and what is longer is another file.</summary>
    public const int MostCharacters = 1 << 20;

    /// <returns>The text, as <see cref="File.ReadAllText(string)"/> reads it.</returns>
    /// <exception cref="InputException">It is longer than <see cref="MostCharacters"/>; it is not read further than that.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string Read(string path)
    {
        using var reader = new StreamReader(path);
        var text = new StringBuilder();
        var buffer = new char[4096];
        for (int length; (length = reader.Read(buffer)) > 0;)
        {
            text.Append(buffer, 0, length);
            CheckLength(path, text.Length);
        }
        return text.ToString();
    }

    /// <param name="name">As the sentence calls the text.</param>
    /// <exception cref="InputException">It is longer than <see cref="MostCharacters"/>.</exception>
    public static void CheckLength(string name, int characters)
    {
        if (characters > MostCharacters)
            throw new InputException(
                string.Create(
                    CultureInfo.InvariantCulture, $"{name} is longer than {MostCharacters:N0} characters; is it the right file?"));
    }
}
