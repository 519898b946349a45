export { ChannelsPage } from "./channels_page";
