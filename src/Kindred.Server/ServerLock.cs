using System.Globalization;

namespace Kindred.Server;

/// <summary>One server a folder. The system releases the lock however its process ends, so a killed server leaves none behind.</summary>
internal sealed class ServerLock : IDisposable
{
    private readonly FileStream _held;

    private ServerLock(FileStream held) => _held = held;

    /// <exception cref="InputException">Another server has the folder, or the file cannot be written.</exception>
    public static ServerLock Take(LivingFolder folder)
    {
        try
        {
            var held = new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            held.Flush();
            return new(held);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"The folder {folder.Path} cannot be written to: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new InputException(
                $"Another server{HolderOf(folder.LockFile)} has the folder {folder.Path}; stop it first, or name another folder.", e);
        }
    }

    public void Dispose() => _held.Dispose();

    private static string HolderOf(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return int.TryParse(new StreamReader(stream).ReadToEnd(), CultureInfo.InvariantCulture, out int id) ? $" (process {id})" : "";
        }
        catch (IOException)
        {
            return ""; // where locks keep readers out as well
        }
    }
}
